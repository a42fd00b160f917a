// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/package_table.h"

#include "platform/parse/fields.h"

#include <array>

namespace sextant::platform::parse {
namespace {

using Columns = std::array<std::string_view, 6>;

/// False where the line has another number of columns.
bool split(std::string_view line, Columns& columns)
{
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::size_t tab = line.find('\t');
        if ((tab == std::string_view::npos) != (i + 1 == columns.size()))
            return false;
        columns[i] = line.substr(0, tab);
        if (columns[i] == "(none)")
            columns[i] = {};
        line.remove_prefix(tab == std::string_view::npos ? line.size() : tab + 1);
    }
    return true;
}

} // namespace

std::vector<Package> parsePackageTable(std::string_view text, std::string_view manager)
{
    constexpr std::uint64_t kLastSecond = 253'402'300'799; // of the year 9999
    std::vector<Package> packages;
    std::string_view line;
    Columns columns;
    while (takeLine(text, line)) {
        if (!split(line, columns) || columns[0].empty() || columns[1].empty())
            continue;
        Package& package = packages.emplace_back();
        package.name = columns[0];
        package.version = columns[1];
        package.architecture = columns[2];
        package.publisher = columns[3];
        package.manager = manager;
        if (const auto seconds = toUnsigned(columns[4]); seconds && *seconds > 0 && *seconds <= kLastSecond)
            package.installed = std::chrono::sys_seconds(std::chrono::seconds(*seconds));
        package.bytes = toUnsigned(columns[5]);
    }
    return packages;
}

} // namespace sextant::platform::parse
