// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/rc_services.h"

#include "platform/parse/fields.h"

#include <algorithm>
#include <utility>

namespace sextant::platform::parse {

std::vector<std::string> parseEnabledScripts(std::string_view text)
{
    std::vector<std::string> scripts;
    std::string_view line;
    while (takeLine(text, line)) {
        const std::string_view path = trimmed(line);
        if (path.starts_with('/') && !path.ends_with('/') && scripts.size() < kMaxRcScripts)
            scripts.emplace_back(path);
    }
    return scripts;
}

std::optional<RcStatus> parseRcStatus(const CommandOutput& output)
{
    constexpr std::string_view kRunning = " is running as pid ", kStopped = " is not running";
    RcStatus status;
    if (const std::size_t at = output.text.find(kRunning); at != std::string::npos) {
        std::string_view rest = std::string_view(output.text).substr(at + kRunning.size());
        const std::string_view pid = takeField(rest); // "1021." or, of several, "1021"
        status.pid = toPid(pid.substr(0, pid.find_first_of(".\n")));
        status.state = ServiceState::Running;
        return status;
    }
    if (output.errors.find("unknown directive") != std::string::npos)
        return std::nullopt;
    const bool saysStopped = output.text.find(kStopped) != std::string::npos;
    status.state = output.exitCode == 0 && !saysStopped ? ServiceState::Running : ServiceState::Stopped;
    return status;
}

Result<void> RcServices::list(RcQuestions& system)
{
    std::vector<std::int64_t> settings = system.settings();
    if (m_settings == settings)
        return {};
    const auto enabled = system.run({"/usr/sbin/service", "-e"});
    if (!enabled)
        return tl::unexpected(enabled.error());
    std::vector<std::string> scripts = parseEnabledScripts(enabled->text);
    if (scripts.empty() && enabled->exitCode != 0)
        return tl::unexpected(endedWith("service -e", *enabled));
    m_known.clear();
    for (std::string& script : scripts) {
        Known& known = m_known.emplace_back();
        known.service.name = script.substr(script.rfind('/') + 1);
        known.service.start = ServiceStart::Automatic;
        known.service.startWord = "enabled";
        known.script = std::move(script);
    }
    m_settings = std::move(settings);
    return {};
}

Result<void> RcServices::look(RcQuestions& system, Known& known) const
{
    Service& service = known.service;
    if (known.isJob || (service.pid && known.started && system.startOf(*service.pid) == known.started))
        return {};
    service.state = ServiceState::Unknown;
    service.pid = std::nullopt;
    service.program.clear();
    known.started = std::nullopt;
    // "one": also when it is started in another way than by rc(8).
    const auto output = system.run({known.script, "onestatus"});
    if (!output)
        return tl::unexpected(output.error());
    const auto status = parseRcStatus(*output);
    known.isJob = !status;
    if (!status)
        return {};
    service.state = status->state;
    service.pid = status->pid;
    if (service.pid) {
        known.started = system.startOf(*service.pid);
        service.program = system.programOf(*service.pid);
    }
    return {};
}

Result<ServicesReading> RcServices::read(RcQuestions& system)
{
    if (const auto listed = list(system); !listed)
        return tl::unexpected(listed.error());
    ServicesReading reading;
    reading.manager = "rc";
    int stuck = 0;
    for (Known& known : m_known) {
        if (stuck < kMaxStuck) {
            if (const auto looked = look(system, known); !looked) {
                reading.warnings.push_back(looked.error().message);
                stuck += looked.error().code == ErrorCode::TimedOut ? 1 : 0;
            }
        } else if (!known.isJob) { // what it was is not what it is
            known.service.state = ServiceState::Unknown;
            known.service.pid = std::nullopt;
        }
        reading.services.push_back(known.service);
    }
    std::ranges::sort(reading.services, {}, &Service::name);
    return reading;
}

} // namespace sextant::platform::parse
