// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/windows_programs.h"

#include "platform/parse/fields.h"

namespace sextant::platform::parse {
namespace {

/// YYYYMMDD, its midnight in UTC.
std::optional<std::chrono::sys_seconds> dateOf(std::string_view text)
{
    using namespace std::chrono;
    const auto digits = toUnsigned(text);
    if (text.size() != 8 || !digits)
        return std::nullopt;
    const year_month_day date(year(static_cast<int>(*digits / 10'000)),
        month(static_cast<unsigned>(*digits / 100 % 100)), day(static_cast<unsigned>(*digits % 100)));
    if (!date.ok() || date.year() < year(1980))
        return std::nullopt;
    return sys_days(date);
}

} // namespace

std::optional<Package> programOf(const UninstallEntry& entry)
{
    constexpr std::uint64_t kKiB = 1024;
    const std::string_view name = trimmed(entry.displayName);
    if (name.empty() || entry.systemComponent == 1 || !entry.parentKey.empty() || !entry.releaseType.empty())
        return std::nullopt;
    Package program;
    program.name = name;
    program.version = trimmed(entry.displayVersion);
    program.publisher = trimmed(entry.publisher);
    program.manager = "registry";
    program.installed = dateOf(trimmed(entry.installDate));
    if (entry.estimatedKilobytes && *entry.estimatedKilobytes > 0)
        program.bytes = *entry.estimatedKilobytes * kKiB;
    return program;
}

} // namespace sextant::platform::parse
