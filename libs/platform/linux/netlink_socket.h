// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/linux/kernel_file.h"
#include "platform/parse/netlink.h"

namespace sextant::platform {

/// A socket of generic netlink. One thread at a time.
class NetlinkSocket {
public:
    /// NotAvailable where the kernel has no netlink, Denied where the agent may not use it, or Io.
    [[nodiscard]] static Result<NetlinkSocket> open();

    /// Sends the request and waits for the whole answer, at most kDeadline for each part. TimedOut, TooLarge,
    /// Malformed or Io.
    [[nodiscard]] Result<parse::NetlinkAnswer> exchange(const parse::NetlinkRequest& request);

private:
    explicit NetlinkSocket(Descriptor socket) : m_socket(std::move(socket)) {}

    Descriptor m_socket;
};

} // namespace sextant::platform
