// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/launchd_jobs.h"

#include "platform/parse/fields.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>

namespace sextant::platform::parse {
namespace {

/// The fields between tabs; a label may have blanks. False with another number of them.
bool splitRow(std::string_view line, std::array<std::string_view, 3>& fields)
{
    const std::size_t first = line.find('\t');
    const std::size_t second = first == std::string_view::npos ? first : line.find('\t', first + 1);
    if (second == std::string_view::npos)
        return false;
    fields = {line.substr(0, first), line.substr(first + 1, second - first - 1), line.substr(second + 1)};
    return true;
}

} // namespace

Result<std::vector<Service>> parseLaunchdJobs(std::string_view text)
{
    constexpr std::int64_t kKill = 9, kTerminate = 15;
    std::array<std::string_view, 3> fields;
    std::string_view line;
    if (!takeLine(text, line) || !splitRow(line, fields) ||
        fields != std::array<std::string_view, 3>{"PID", "Status", "Label"})
        return fail(ErrorCode::Malformed, "launchctl prints its jobs in a way that is not known here");
    std::vector<Service> services;
    while (takeLine(text, line) && services.size() < kMaxLaunchdJobs) {
        if (!splitRow(line, fields) || fields[2].empty())
            continue;
        const auto ended = toSigned(fields[1]);
        Service& service = services.emplace_back();
        service.name = fields[2];
        service.pid = toPid(fields[0]);
        if (service.pid) {
            service.state = ServiceState::Running;
        } else if (fields[0] == "-" && ended) {
            const bool isFailure = *ended != 0 && *ended != -kKill && *ended != -kTerminate;
            service.state = isFailure ? ServiceState::Failed : ServiceState::Stopped;
            if (*ended < 0)
                service.stateWords = "signal " + std::string(fields[1].substr(1));
            if (isFailure)
                service.exitCode = ended;
        }
    }
    return services;
}

void applyDisabledJobs(std::string_view text, std::vector<Service>& services)
{
    std::map<std::string_view, Service*> known;
    for (Service& service : services)
        known.emplace(service.name, &service);
    std::vector<Service> added;
    std::string_view line;
    while (takeLine(text, line)) {
        const std::string_view row = trimmed(line);
        const std::size_t end = row.find("\" => ");
        if (!row.starts_with('"') || end == std::string_view::npos || end == 1)
            continue;
        const std::string_view word = row.substr(end + 5);
        if (word != "disabled" && word != "true")
            continue;
        const std::string_view label = row.substr(1, end - 1);
        const auto found = known.find(label);
        if (found == known.end() && services.size() + added.size() >= kMaxLaunchdJobs)
            continue;
        Service& service = found == known.end() ? added.emplace_back() : *found->second;
        if (found == known.end()) {
            service.name = label;
            service.state = ServiceState::Stopped;
        }
        service.start = ServiceStart::Disabled;
        service.startWord = "disabled";
    }
    services.insert(services.end(), added.begin(), added.end());
}

} // namespace sextant::platform::parse
