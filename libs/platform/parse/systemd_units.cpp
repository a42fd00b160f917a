// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/systemd_units.h"

#include "platform/parse/fields.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

namespace sextant::platform::parse {
namespace {

struct Unit {
    Service service;
    std::string load;
    std::string active;
    std::string sub;
    std::string result;
    std::string restart;
    std::optional<std::chrono::milliseconds> restartDelay;
    std::optional<std::int64_t> exitStatus;
};

ServiceStart startOf(std::string_view word)
{
    if (word == "enabled" || word == "enabled-runtime" || word == "linked" || word == "linked-runtime")
        return ServiceStart::Automatic;
    if (word == "disabled" || word == "static" || word == "indirect" || word == "transient")
        return ServiceStart::Manual;
    if (word == "masked" || word == "masked-runtime")
        return ServiceStart::Disabled;
    return ServiceStart::Unknown; // generated: by what made it; bad
}

ServiceState stateOf(const Unit& unit)
{
    if (unit.active == "active")
        return unit.sub == "exited" ? ServiceState::Finished : ServiceState::Running;
    static constexpr auto kStates = std::to_array<std::pair<std::string_view, ServiceState>>(
        {{"reloading", ServiceState::Running}, {"refreshing", ServiceState::Running},
            {"activating", ServiceState::Starting}, {"deactivating", ServiceState::Stopping},
            {"failed", ServiceState::Failed}, {"inactive", ServiceState::Stopped}});
    const auto found =
        std::ranges::find(kStates, std::string_view(unit.active), [](const auto& one) { return one.first; });
    return found == kStates.end() ? ServiceState::Unknown : found->second;
}

/// "{ path=/usr/sbin/sshd ; argv[]=… }": of several the first.
std::string_view pathOf(std::string_view command)
{
    constexpr std::string_view kBegin = "{ path=";
    if (!command.starts_with(kBegin))
        return {};
    command.remove_prefix(kBegin.size());
    return command.substr(0, command.find(" ;"));
}

void take(std::string_view line, Unit& unit)
{
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos)
        return;
    const std::string_view property = line.substr(0, equals);
    const std::string_view value = line.substr(equals + 1);
    Service& service = unit.service;
    if (property == "Id")
        service.name = value;
    else if (property == "Description")
        service.description = value;
    else if (property == "LoadState")
        unit.load = value;
    else if (property == "ActiveState")
        unit.active = value;
    else if (property == "SubState")
        unit.sub = value;
    else if (property == "Result")
        unit.result = value;
    else if (property == "UnitFileState")
        service.startWord = value;
    else if (property == "TriggeredBy")
        service.triggered = !value.empty();
    else if (property == "MainPID")
        service.pid = toSigned(value);
    else if (property == "NRestarts")
        service.restarts = toUnsigned(value);
    else if (property == "ExecMainStatus")
        unit.exitStatus = toSigned(value);
    else if (property == "User")
        service.account = value;
    else if (property == "ExecStart" && service.program.empty())
        service.program = pathOf(value);
    else if (property == "Restart")
        unit.restart = value;
    else if (property == "RestartUSec")
        unit.restartDelay = parseTimeSpan(value);
}

Service finished(Unit unit)
{
    Service& service = unit.service;
    service.state = stateOf(unit);
    const bool failed = service.state == ServiceState::Failed;
    const std::string& detail = failed ? unit.result : unit.sub;
    service.stateWords = unit.active + (detail.empty() ? "" : " (" + detail + ')');
    if (unit.load == "masked")
        service.startWord = "masked";
    service.start = startOf(service.startWord);
    if (service.pid == 0)
        service.pid = std::nullopt;
    if (failed)
        service.exitCode = unit.exitStatus;
    if (unit.restart == "no")
        service.recovery.emplace();
    else if (!unit.restart.empty() && unit.restartDelay)
        service.recovery = {{RecoveryStep::Action::Restart, *unit.restartDelay}};
    return std::move(service);
}

} // namespace

std::vector<Service> parseUnits(std::string_view text)
{
    std::vector<Service> services;
    Unit unit;
    const auto finish = [&] {
        if (!unit.service.name.empty() && unit.load != "not-found")
            services.push_back(finished(std::move(unit)));
        unit = {};
    };
    std::string_view line;
    while (takeLine(text, line)) {
        if (line.empty())
            finish();
        else
            take(line, unit);
    }
    finish();
    return services;
}

std::vector<Service> parseUnitFiles(std::string_view text, const std::vector<Service>& loaded)
{
    std::set<std::string_view> known;
    for (const Service& service : loaded)
        known.insert(service.name);
    std::vector<Service> services;
    std::string_view line;
    while (takeLine(text, line)) {
        const std::string_view name = takeField(line);
        const std::string_view state = takeField(line);
        const bool isTemplate = name.find("@.") != std::string_view::npos;
        if (!name.ends_with(".service") || state.empty() || isTemplate || state == "alias" ||
            !known.insert(name).second)
            continue;
        Service& service = services.emplace_back();
        service.name = name;
        service.state = ServiceState::Stopped;
        service.stateWords = "inactive";
        service.startWord = state;
        service.start = startOf(state);
    }
    return services;
}

std::optional<std::chrono::milliseconds> parseTimeSpan(std::string_view text)
{
    constexpr std::chrono::microseconds kLongest = std::chrono::hours(24 * 365);
    // The ends of "5s" and "5ms" are alike: the longer ones first.
    static constexpr auto kUnits = std::to_array<std::pair<std::string_view, std::int64_t>>(
        {{"month", 2'629'800'000'000}, {"min", 60'000'000}, {"us", 1}, {"ms", 1'000}, {"s", 1'000'000},
            {"h", 3'600'000'000}, {"d", 86'400'000'000}, {"w", 604'800'000'000}, {"y", 31'557'600'000'000}});
    std::int64_t sum = 0;
    std::string_view field = takeField(text);
    if (field.empty())
        return std::nullopt;
    if (field == "0")
        return std::chrono::milliseconds(0);
    for (; !field.empty(); field = takeField(text)) {
        const std::size_t digits = std::min(field.find_first_not_of("0123456789."), field.size());
        const auto number = toDecimal(field.substr(0, digits));
        const auto unit = std::ranges::find(kUnits, field.substr(digits), [](const auto& one) { return one.first; });
        if (!number || unit == kUnits.end() || *number * static_cast<double>(unit->second) > double(kLongest.count()))
            return std::nullopt;
        sum += static_cast<std::int64_t>(*number * static_cast<double>(unit->second));
        if (sum > kLongest.count())
            return std::nullopt;
    }
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds(sum));
}

} // namespace sextant::platform::parse
