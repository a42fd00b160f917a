// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/commands/exit_code.h"
#include "agent-service/config/command_line.h"
#include "agent-service/config/settings.h"
#include "platform/host.h"

#include <cstdint>
#include <string>

namespace sextant::agent {

/// How an enrolment ended: a code for scripts and a sentence for people.
struct EnrolmentResult {
    ExitCode code = ExitCode::Success;
    std::string sentence;
};

/// Makes this host known to the server that the token names. First connects without sending a request and looks for the
/// token's CA among the certificates shown; makes the key; then connects again, trusting that CA alone, and sends the
/// secret with a certificate request; then stores what came back. The key never leaves the host, the token is never
/// logged. Where `settings` name a server, that is where it connects: the token's fingerprint decides whom it trusts.
/// An identity that is there is kept unless `force`; a failure leaves everything as it was. Needs a QCoreApplication
/// and blocks until it is done. `nowMs`: Unix milliseconds.
[[nodiscard]] EnrolmentResult enroll(const Settings& settings, const EnrolmentArguments& arguments,
    const platform::HostFacts& facts, std::int64_t nowMs);

} // namespace sextant::agent
