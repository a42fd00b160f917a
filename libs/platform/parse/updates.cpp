// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/updates.h"

#include "platform/parse/fields.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

namespace sextant::platform::parse {
namespace {

/// Takes off the front of `text` what stands before `end`, and that. All of it where there is none.
std::string_view takeUntil(std::string_view& text, std::string_view end)
{
    const std::size_t at = text.find(end);
    const std::string_view taken = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + end.size());
    return taken;
}

/// "Debian:12.15/oldstable, Debian-Security:12/oldstable-security"
bool isForSecurity(std::string_view origins)
{
    while (!origins.empty()) {
        if (takeUntil(origins, ", ").ends_with("-security"))
            return true;
    }
    return false;
}

std::vector<PendingUpdate> sorted(std::vector<PendingUpdate> updates)
{
    std::ranges::sort(updates, {}, &PendingUpdate::name);
    return updates;
}

/// Name and version of "zsh-5.9_2": a version has no dash.
std::pair<std::string_view, std::string_view> nameAndVersion(std::string_view text)
{
    const std::size_t dash = text.rfind('-');
    if (dash == std::string_view::npos)
        return {text, {}};
    return {text.substr(0, dash), text.substr(dash + 1)};
}

std::string lower(std::string text)
{
    for (char& c : text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

} // namespace

std::vector<PendingUpdate> parseAptSimulation(std::string_view text)
{
    std::vector<PendingUpdate> updates;
    std::string_view line;
    while (takeLine(text, line)) {
        if (takeField(line) != "Inst")
            continue;
        PendingUpdate update;
        update.name = takeField(line);
        line = trimmed(line);
        if (!line.starts_with('['))
            continue; // new, not an update
        line.remove_prefix(1);
        update.installedVersion = takeUntil(line, "] (");
        std::string_view candidate = takeUntil(line, ")");
        update.version = takeField(candidate);
        candidate = trimmed(candidate);
        update.origin = trimmed(candidate.substr(0, candidate.rfind('['))); // the architecture is the last
        update.security = isForSecurity(update.origin);
        if (!update.version.empty())
            updates.push_back(std::move(update));
    }
    return sorted(std::move(updates));
}

std::vector<PendingUpdate> parseDnfUpgrades(std::string_view text, const std::string* security)
{
    std::set<std::string_view> forSecurity; // whole lines
    std::string_view line;
    for (std::string_view rest = security != nullptr ? *security : std::string_view(); takeLine(rest, line);)
        forSecurity.insert(line);
    std::vector<PendingUpdate> updates;
    while (takeLine(text, line)) {
        std::string_view rest = line;
        PendingUpdate update;
        update.name = takeUntil(rest, "\t");
        update.version = takeUntil(rest, "\t");
        static_cast<void>(takeUntil(rest, "\t")); // the architecture
        update.origin = rest;
        if (update.name.empty() || update.version.empty() || update.origin.empty())
            continue;
        if (security != nullptr)
            update.security = forSecurity.contains(line);
        updates.push_back(std::move(update));
    }
    return sorted(std::move(updates));
}

std::vector<std::string> parseDnfWithoutCache(std::string_view errors)
{
    constexpr std::string_view kNone = "Cache-only enabled but no cache for ";
    constexpr std::string_view kQuotes = "'\"";
    std::vector<std::string> repositories;
    std::string_view line;
    while (takeLine(errors, line)) {
        const std::size_t at = line.find(kNone);
        if (at == std::string_view::npos)
            continue;
        std::string_view rest = line.substr(at + kNone.size()); // 'epel'; dnf 5: repository "epel"
        const std::size_t quote = rest.find_first_of(kQuotes);
        rest.remove_prefix(quote == std::string_view::npos ? 0 : quote + 1);
        if (const auto name = trimmed(rest.substr(0, rest.find_first_of(kQuotes))); !name.empty())
            repositories.emplace_back(name);
    }
    return repositories;
}

std::vector<std::string> parseNeedsRestarting(std::string_view text)
{
    std::vector<std::string> reasons;
    std::string_view line;
    while (takeLine(text, line)) {
        const std::string_view reason = trimmed(line);
        if (reason.starts_with("* "))
            reasons.emplace_back(trimmed(reason.substr(2)));
    }
    return reasons;
}

std::vector<PendingUpdate> parsePkgVersions(std::string_view text, const std::string* vulnerable)
{
    constexpr std::string_view kRemote = "(remote has ";
    std::set<std::string_view> holes;
    std::string_view line;
    for (std::string_view rest = vulnerable != nullptr ? *vulnerable : std::string_view(); takeLine(rest, line);)
        holes.insert(trimmed(line));
    std::vector<PendingUpdate> updates;
    while (takeLine(text, line)) {
        const std::string_view package = takeField(line);
        const std::size_t remote = line.find(kRemote);
        if (takeField(line) != "<" || remote == std::string_view::npos)
            continue;
        std::string_view version = line.substr(line.find(kRemote) + kRemote.size());
        PendingUpdate& update = updates.emplace_back();
        std::tie(update.name, update.installedVersion) = nameAndVersion(package);
        update.version = takeUntil(version, ")");
        if (vulnerable != nullptr)
            update.security = holes.contains(package);
    }
    return sorted(std::move(updates));
}

std::optional<std::vector<std::string>> parseInstalledKernel(std::string_view text, std::string_view running)
{
    const std::string_view installed = trimmed(text);
    if (installed.empty() || installed.find('\n') != std::string_view::npos)
        return std::nullopt;
    std::vector<std::string> reasons;
    if (installed != running)
        reasons.push_back("kernel " + std::string(installed));
    return reasons;
}

Result<std::vector<PendingUpdate>> parseSoftwareUpdates(std::string_view text)
{
    constexpr std::string_view kLabel = "* Label: ", kTitle = "Title: ", kVersion = ", Version: ";
    const bool saysNone = text.find("No new software available") != std::string_view::npos;
    std::vector<PendingUpdate> updates;
    bool isOpen = false; // a label came, and not yet its title
    std::string_view line;
    while (takeLine(text, line)) {
        std::string_view rest = trimmed(line);
        if (rest.starts_with(kLabel)) {
            updates.emplace_back().name = rest.substr(kLabel.size());
            isOpen = true;
        } else if (rest.starts_with(kTitle) && isOpen) {
            PendingUpdate& update = updates.back();
            rest.remove_prefix(kTitle.size());
            const bool hasVersion = rest.find(kVersion) != std::string_view::npos;
            update.name = takeUntil(rest, hasVersion ? kVersion : ", ");
            if (hasVersion)
                update.version = takeUntil(rest, ", ");
            isOpen = false;
        }
    }
    if (updates.empty() && !saysNone)
        return fail(ErrorCode::Malformed, "softwareupdate prints its list in a way that is not known here");
    for (PendingUpdate& update : updates) {
        if (update.name.find("Security") != std::string::npos)
            update.security = true;
    }
    return sorted(std::move(updates));
}

std::vector<PendingUpdate> parseWindowsUpdates(const WorkerRows& rows)
{
    constexpr std::string_view kSecurityUpdates = "0fa1201d-4330-4fa8-8ae9-b877473b6441";
    constexpr std::string_view kDefinitionUpdates = "e0789628-ce08-4437-be74-2495b842f43b";
    std::vector<PendingUpdate> updates;
    for (const WorkerRow& row : rows) {
        const auto text = [&row](std::size_t i) { return i < row.size() ? row[i].value_or("") : std::string(); };
        PendingUpdate update;
        update.name = text(0);
        if (update.name.empty())
            continue;
        const std::string articles = text(1);
        for (std::string_view rest = articles; !rest.empty();)
            update.origin.append(update.origin.empty() ? "KB" : ", KB").append(takeUntil(rest, ","));
        const std::string categories = lower(text(3));
        update.security = !text(2).empty() || categories.find(kSecurityUpdates) != std::string::npos ||
                          categories.find(kDefinitionUpdates) != std::string::npos;
        updates.push_back(std::move(update));
    }
    return sorted(std::move(updates));
}

} // namespace sextant::platform::parse
