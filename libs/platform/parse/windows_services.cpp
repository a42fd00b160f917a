// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/windows_services.h"

#include "platform/parse/fields.h"

#include <array>
#include <cctype>
#include <limits>

namespace sextant::platform::parse {
namespace {

constexpr std::uint32_t kNeverStarted = 1077;  // ERROR_SERVICE_NEVER_STARTED
constexpr std::uint32_t kSpecificError = 1066; // ERROR_SERVICE_SPECIFIC_ERROR

struct State {
    ServiceState state;
    const char* word;
};

/// By SERVICE_STOPPED = 1 and the numbers that follow.
State stateOf(std::uint32_t number)
{
    static constexpr auto kStates =
        std::to_array<State>({{ServiceState::Unknown, "unknown"}, {ServiceState::Stopped, "stopped"},
            {ServiceState::Starting, "start pending"}, {ServiceState::Stopping, "stop pending"},
            {ServiceState::Running, "running"}, {ServiceState::Starting, "continue pending"},
            {ServiceState::Running, "pause pending"}, {ServiceState::Paused, "paused"}});
    return kStates[number < kStates.size() ? number : 0];
}

void addStart(const ServiceRecord& record, Service& service)
{
    if (record.startType == 2) {
        service.start = record.delayed ? ServiceStart::Delayed : ServiceStart::Automatic;
        service.startWord = record.delayed ? "automatic (delayed)" : "automatic";
    } else if (record.startType == 3) {
        service.start = ServiceStart::Manual;
        service.startWord = "manual";
    } else if (record.startType == 4) {
        service.start = ServiceStart::Disabled;
        service.startWord = "disabled";
    }
    if (record.triggers)
        service.triggered = *record.triggers > 0;
}

RecoveryStep::Action actionOf(std::uint32_t number)
{
    static constexpr auto kActions = std::to_array<RecoveryStep::Action>({RecoveryStep::Action::Nothing,
        RecoveryStep::Action::Restart, RecoveryStep::Action::Reboot, RecoveryStep::Action::Command});
    return kActions[number < kActions.size() ? number : 0];
}

void addRecovery(const ServiceRecord::Recovery& recovery, Service& service)
{
    service.recovery.emplace();
    for (const auto& [type, delay] : recovery.steps)
        service.recovery->push_back({actionOf(type), std::chrono::milliseconds(delay)});
    if (recovery.resetSeconds != std::numeric_limits<std::uint32_t>::max() && !recovery.steps.empty())
        service.recoveryResetsAfter = std::chrono::seconds(recovery.resetSeconds);
}

} // namespace

Service serviceOf(const ServiceRecord& record)
{
    Service service;
    service.name = record.name;
    if (record.displayName != record.name)
        service.displayName = record.displayName;
    service.description = record.description;
    const State state = stateOf(record.state);
    service.state = state.state;
    service.stateWords = state.word;
    const std::uint32_t code = record.exitCode == kSpecificError ? record.specificExitCode : record.exitCode;
    if (service.state == ServiceState::Stopped && code != 0 && code != kNeverStarted) {
        service.state = ServiceState::Failed;
        service.exitCode = code;
    }
    addStart(record, service);
    if (record.pid != 0)
        service.pid = record.pid;
    service.account = record.account;
    service.program = programOfCommandLine(record.imagePath);
    if (record.recovery)
        addRecovery(*record.recovery, service);
    return service;
}

std::string_view programOfCommandLine(std::string_view commandLine)
{
    const std::string_view text = trimmed(commandLine);
    if (text.starts_with('"'))
        return text.substr(1, text.find('"', 1) - 1);
    std::string lower(text);
    for (char& c : lower)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    for (std::size_t dot = lower.find('.'); dot != std::string::npos; dot = lower.find('.', dot + 1)) {
        const std::string_view end = std::string_view(lower).substr(dot, 4);
        const std::size_t behind = dot + end.size();
        if ((end == ".exe" || end == ".sys") && (behind == lower.size() || lower[behind] == ' '))
            return text.substr(0, behind);
    }
    return text.substr(0, text.find(' '));
}

} // namespace sextant::platform::parse
