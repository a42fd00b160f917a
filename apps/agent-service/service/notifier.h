// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sextant::agent {

/// Tells systemd how the service does (sd_notify(3)): a datagram to the socket that it names in NOTIFY_SOCKET. Without
/// one, every call does nothing. A message that cannot be sent is lost; systemd sees that by itself (its timeouts).
class Notifier {
public:
    /// `socket`: a path, or "@name" for an abstract one; empty for none.
    explicit Notifier(std::string socket) : m_socket(std::move(socket)) {}

    /// What this process was started with.
    [[nodiscard]] static Notifier fromEnvironment();

    /// One or more assignments, e.g. "READY=1\nSTATUS=collecting". True when it was sent.
    bool send(std::string_view state) const;

    /// How often "WATCHDOG=1" is to be sent: half of WATCHDOG_USEC; nothing when systemd does not ask for it.
    [[nodiscard]] static std::optional<std::chrono::milliseconds> watchdogInterval();

private:
    std::string m_socket;
};

} // namespace sextant::agent
