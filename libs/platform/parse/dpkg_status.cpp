// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/dpkg_status.h"

#include "platform/parse/fields.h"

#include <limits>
#include <string>
#include <utility>

namespace sextant::platform::parse {
namespace {

struct Stanza {
    Package package;
    bool installed = false;
};

/// "want flag status" (dpkg(1)): of the status, triggers that wait are no reason to miss a package.
bool isInstalled(std::string_view status)
{
    static_cast<void>(takeField(status));
    static_cast<void>(takeField(status));
    const std::string_view state = takeField(status);
    return state == "installed" || state == "triggers-awaited" || state == "triggers-pending";
}

/// One "Field: value"; further lines of a value begin with a blank and are of no field read here.
void take(std::string_view line, Stanza& stanza)
{
    constexpr std::uint64_t kKiB = 1024;
    const std::size_t colon = line.find(':');
    if (line.empty() || line.front() == ' ' || line.front() == '\t' || colon == std::string_view::npos)
        return;
    const std::string_view field = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (field == "Package")
        stanza.package.name = value;
    else if (field == "Status")
        stanza.installed = isInstalled(value);
    else if (field == "Architecture")
        stanza.package.architecture = value;
    else if (field == "Maintainer")
        stanza.package.publisher = value;
    else if (field == "Version")
        stanza.package.version = value;
    else if (field == "Installed-Size") {
        const auto size = toUnsigned(value);
        if (size && *size <= std::numeric_limits<std::uint64_t>::max() / kKiB)
            stanza.package.bytes = *size * kKiB;
    }
}

} // namespace

std::vector<Package> parseDpkgStatus(std::string_view text)
{
    std::vector<Package> packages;
    Stanza stanza;
    const auto finish = [&] {
        if (stanza.installed && !stanza.package.name.empty() && !stanza.package.version.empty()) {
            stanza.package.manager = "dpkg";
            packages.push_back(std::move(stanza.package));
        }
        stanza = {};
    };
    std::string_view line;
    while (takeLine(text, line)) {
        if (line.empty())
            finish();
        else
            take(line, stanza);
    }
    finish();
    return packages;
}

} // namespace sextant::platform::parse
