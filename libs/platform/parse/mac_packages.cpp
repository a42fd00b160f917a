// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/mac_packages.h"

#include "platform/parse/fields.h"

#include <array>
#include <utility>

namespace sextant::platform::parse {
namespace {

/// With XML's five names for characters made into those.
std::string unescaped(std::string_view text)
{
    static constexpr auto kNames = std::to_array<std::pair<std::string_view, char>>(
        {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}});
    std::string result;
    while (!text.empty()) {
        std::size_t taken = 1;
        char character = text.front();
        for (const auto& [name, meant] : kNames) {
            if (text.starts_with(name)) {
                taken = name.size();
                character = meant;
            }
        }
        result += character;
        text.remove_prefix(taken);
    }
    return result;
}

/// Takes the next tag off the front of `xml`: its name with a slash where it ends something, and the text before it.
bool takeTag(std::string_view& xml, std::string_view& name, std::string_view& before)
{
    const std::size_t begin = xml.find('<');
    const std::size_t end = begin == std::string_view::npos ? begin : xml.find('>', begin);
    if (end == std::string_view::npos)
        return false;
    before = xml.substr(0, begin);
    name = xml.substr(begin + 1, end - begin - 1);
    if (!name.ends_with('/')) // <dict/> neither begins nor ends anything
        name = name.substr(0, name.find(' '));
    xml.remove_prefix(end + 1);
    return true;
}

} // namespace

std::vector<Package> parseReceipts(std::string_view text)
{
    constexpr std::uint64_t kLastSecond = 253'402'300'799; // of the year 9999
    std::vector<Package> packages;
    Package package;
    const auto finish = [&] {
        if (!package.name.empty() && !package.version.empty())
            packages.push_back(std::move(package));
        package = {};
        package.manager = "pkgutil";
    };
    finish();
    std::string_view line;
    while (takeLine(text, line)) {
        const std::size_t colon = line.find(": ");
        if (colon == std::string_view::npos)
            continue;
        const std::string_view key = line.substr(0, colon);
        const std::string_view value = trimmed(line.substr(colon + 2));
        if (key == "package-id") {
            finish();
            package.name = value;
        } else if (key == "version") {
            package.version = value;
        } else if (key == "install-time") {
            if (const auto seconds = toUnsigned(value); seconds && *seconds > 0 && *seconds <= kLastSecond)
                package.installed = std::chrono::sys_seconds(std::chrono::seconds(*seconds));
        }
    }
    finish();
    return packages;
}

std::string plistText(std::string_view xml, std::string_view key)
{
    int depth = 0;
    bool isWanted = false;
    std::string_view tag;
    std::string_view before;
    while (takeTag(xml, tag, before)) {
        if (tag == "dict" || tag == "array")
            ++depth;
        else if (tag == "/dict" || tag == "/array")
            --depth;
        else if (tag == "/key" && depth == 1)
            isWanted = before == key;
        else if (tag == "/string" && depth == 1 && isWanted)
            return unescaped(trimmed(before));
    }
    return {};
}

Package applicationOf(std::string_view folder, std::string_view infoPlist)
{
    constexpr std::string_view kEnding = ".app";
    if (folder.ends_with(kEnding))
        folder.remove_suffix(kEnding.size());
    Package package;
    package.name = folder;
    package.manager = "applications";
    package.version = plistText(infoPlist, "CFBundleShortVersionString");
    if (package.version.empty())
        package.version = plistText(infoPlist, "CFBundleVersion");
    return package;
}

} // namespace sextant::platform::parse
