// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

enum class ServiceState {
    Running,
    Finished, ///< did its work, ended without error and counts as up: oneshot units of systemd
    Starting,
    Stopping,
    Paused,
    Stopped,
    Failed, ///< ended with an error and is not up
    Unknown,
};

/// What makes it run: Automatic with the machine, Delayed some minutes after it, Manual when somebody or something
/// else wants it, Disabled never.
enum class ServiceStart { Automatic, Delayed, Manual, Disabled, Unknown };

/// What the manager does after a failure, `delay` after it. Windows has one for the first, the second and all later
/// ones.
struct RecoveryStep {
    enum class Action { Nothing, Restart, Command, Reboot };
    Action action = Action::Nothing;
    std::chrono::milliseconds delay{0};

    friend bool operator==(const RecoveryStep&, const RecoveryStep&) = default;
};

/// A service as its manager knows it. Texts are empty where nobody tells them.
struct Service {
    std::string name;        ///< "ssh.service", "wuauserv"
    std::string displayName; ///< where it differs from the name
    std::string description;
    ServiceState state = ServiceState::Unknown;
    std::string stateWords; ///< the manager's own: "active (running)"
    ServiceStart start = ServiceStart::Unknown;
    std::string startWord;         ///< the manager's own: "enabled", "static"
    std::optional<bool> triggered; ///< events start it, too; where the manager tells
    std::optional<std::int64_t> pid;
    std::optional<std::uint64_t> restarts; ///< by the manager itself, since it was started by somebody
    std::optional<std::int64_t> exitCode;  ///< of its last end, when that was a failure
    std::string account;
    std::string program;                                     ///< its path, without arguments: passwords stand in them
    std::optional<std::vector<RecoveryStep>> recovery;       ///< empty: it does nothing
    std::optional<std::chrono::seconds> recoveryResetsAfter; ///< time without failure that makes the next one the first

    friend bool operator==(const Service&, const Service&) = default;
};

struct ServicesReading {
    std::string manager;           ///< "systemd", "scm", "rc", "launchd"
    std::vector<Service> services; ///< by name
    std::vector<std::string> warnings;
};

/// Reads all services, running or not; with FreeBSD's rc(8) those that are enabled, with launchd those that are loaded.
/// Some ten to some hundred milliseconds, and some seconds the first time on FreeBSD. NotAvailable where there is no
/// manager of services that is known here, or it does not tell the agent. One thread at a time.
class ServicesReader {
public:
    explicit ServicesReader(Roots roots);
    ~ServicesReader();
    ServicesReader(const ServicesReader&) = delete;
    ServicesReader& operator=(const ServicesReader&) = delete;

    [[nodiscard]] Result<ServicesReading> read();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sextant::platform
