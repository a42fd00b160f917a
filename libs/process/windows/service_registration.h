// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "process/service_action.h"

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::process {

/// What the service control manager (SCM) is told of a program. Text is UTF-8.
struct ServiceSpec {
    std::string name;        ///< "SextantAgent": what `sc` and `net` take
    std::string displayName; ///< "Sextant Agent": what services.msc shows
    std::string description;
    std::string executable; ///< full path
    std::string arguments;  ///< "service run"
    /// Runs as its own account (service_account.h), where the system has one; else as LocalSystem.
    bool ownAccount = false;
};

/// After what time the SCM starts a service again that ended without being asked to, the first, second and every
/// further time; a day without a failure begins anew. Ending with an exit code other than 0 counts as failure, too.
inline constexpr std::array<std::chrono::seconds, 3> kRestartDelays{
    std::chrono::seconds(5), std::chrono::seconds(30), std::chrono::seconds(60)};

/// How long a stopping service may take, also while the machine shuts down.
inline constexpr std::chrono::seconds kStopLimit{30};

/// The state of a service as `service status` prints it.
enum class ServiceState { Stopped, StartPending, Running, StopPending, Paused };
[[nodiscard]] std::string_view toString(ServiceState state);

// All of these block, need the rights of an administrator (Denied otherwise), and say NotFound for a service that is
// not installed. Warnings: what this Windows would not take, each a sentence; the service works without it.

/// Registers the service, with its Event Log source, and configures it as configureService() does. Conflict when there
/// is one of that name.
[[nodiscard]] Result<void> installService(const ServiceSpec& spec, std::vector<std::string>& warnings);

/// What an installation by MSI lacks: description, delayed automatic start, restarts, the stop limit at shutdown, the
/// service's own SID and account, and its Event Log source. A service that an admin gave another account than
/// LocalSystem keeps it.
[[nodiscard]] Result<void> configureService(const ServiceSpec& spec, std::vector<std::string>& warnings);

/// Stops it and takes it, and its Event Log source, away.
[[nodiscard]] Result<void> uninstallService(const ServiceSpec& spec);

/// Starts it and waits until it runs; done already: no error. Where its own account may not log on as a service, which
/// is for a policy to say, it becomes LocalSystem's first, with a warning.
[[nodiscard]] Result<void> startService(const ServiceSpec& spec, std::vector<std::string>& warnings);

/// Stops it and waits for its end, at most kStopLimit; done already: no error.
[[nodiscard]] Result<void> stopService(const std::string& name);

/// Needs no rights.
[[nodiscard]] Result<ServiceState> serviceState(const std::string& name);

/// Does one of install, uninstall, start, stop and status, and gives the sentence that says so. Invalid for the others.
[[nodiscard]] Result<std::string> manageService(
    ServiceAction action, const ServiceSpec& spec, std::vector<std::string>& warnings);

} // namespace sextant::process
