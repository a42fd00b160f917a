// SPDX-License-Identifier: GPL-3.0-or-later
// Receipts of installers by pkgutil(1), and the applications that lie in /Applications, most of which no installer put
// there. system_profiler(8) would list applications, too, after a search of the whole disk.
#include "platform/packages.h"

#include "platform/command.h"
#include "platform/parse/mac_packages.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

namespace sextant::platform {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxApplications = 5'000;

/// The file as XML: many are in Apple's binary form, which plutil(1) translates. Empty when there is none.
std::string readPropertyList(const fs::path& file)
{
    constexpr std::size_t kMostBytes = std::size_t{1} << 20;
    std::ifstream stream(file, std::ios::binary);
    std::string text(kMostBytes, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    if (!text.starts_with("bplist"))
        return text;
    const auto translated = runCommand(
        {"/usr/bin/plutil", "-convert", "xml1", "-o", "-", file.string()}, {std::chrono::seconds(5), kMostBytes});
    return translated && translated->exitCode == 0 ? translated->text : std::string();
}

/// The applications in a folder, and in its own folders as far as `depth` allows.
void addApplications(const fs::path& folder, int depth, std::vector<Package>& packages)
{
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code none;
        if (!entry->is_directory(none) || packages.size() >= kMaxApplications)
            continue;
        const std::string name = entry->path().filename();
        if (name.ends_with(".app"))
            packages.push_back(parse::applicationOf(name, readPropertyList(entry->path() / "Contents/Info.plist")));
        else if (depth > 0)
            addApplications(entry->path(), depth - 1, packages);
    }
}

} // namespace

Result<PackagesReading> readPackages(const Roots&)
{
    PackagesReading reading;
    addApplications("/Applications", 1, reading.packages);
    const auto receipts = runCommand({"/usr/sbin/pkgutil", "--regexp", "--pkg-info", ".*"});
    if (receipts && receipts->exitCode == 0)
        std::ranges::move(parse::parseReceipts(receipts->text), std::back_inserter(reading.packages));
    else
        reading.warnings.push_back(receipts ? endedWith("pkgutil", *receipts).message : receipts.error().message);
    sortPackages(reading.packages);
    return reading;
}

} // namespace sextant::platform
