// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/config/load.h"
#include "metrics/result.h"
#include "process/service_action.h"

#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace sextant::agent {

enum class Command { Run, Enroll, Check, Once, Record, Service, Worker, Help, Version };

/// The longest recording that may be asked for.
inline constexpr std::chrono::seconds kLongestRecording{7 * 24 * 3'600};

/// What `enroll` was given.
struct EnrolmentArguments {
    std::string token;                ///< empty: it is in tokenFile
    std::string tokenFile;            ///< a private file with the token, removed once it was used
    std::string authorityFingerprint; ///< SHA-256, in hex, of the CA that the token must name; empty: any
    bool force = false;               ///< replace an identity that is there
};

/// What `service` was given. All but the action is for the two that an installer calls, which give every option and
/// leave empty what was not asked for; they also know `--token` and `--ca-fingerprint`.
struct ServiceArguments {
    process::ServiceAction action = process::ServiceAction::Status;
    bool start = false; ///< install-finish: the service is started at the end
    bool purge = false; ///< uninstall-finish: settings and data go, too
};

/// What the command line asks for.
struct CommandLine {
    Command command = Command::Run;
    EnrolmentArguments enrolment;
    ServiceArguments service;
    std::string recording;            ///< Record: the file to make
    std::chrono::seconds length{600}; ///< Record: 1 to kLongestRecording
    ConfigSources sources;            ///< file and flags; variables are not filled in
};

/// Reads the arguments after the program's name. Settings are `--name value` or `--name=value`; those that are true or
/// false may stand alone for true. Invalid with a sentence for anything that is not understood.
[[nodiscard]] Result<CommandLine> parseCommandLine(std::span<const std::string_view> arguments);

/// What `--help` prints.
[[nodiscard]] std::string helpText();

} // namespace sextant::agent
