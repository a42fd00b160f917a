// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace sextant::agent {

/// How sextant-agent ends. Documented in docs/agent.md; scripts rely on it.
enum class ExitCode : int {
    Success = 0,
    Failure = 1,      ///< something else went wrong; the message says what
    Usage = 2,        ///< the command line or the settings are wrong
    Identity = 3,     ///< not enrolled, already enrolled, or the identity cannot be used
    Unreachable = 4,  ///< the server could not be reached or did not answer properly
    TokenRefused = 5, ///< the enrolment token is damaged, expired, used or revoked
    NotTrusted = 6,   ///< the server is not the one that the token or the identity names
};

} // namespace sextant::agent
