// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/updates.h"

#include "platform/command.h"
#include "platform/linux/kernel_file.h"
#include "platform/parse/fields.h"
#include "platform/parse/updates.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <utility>

namespace sextant::platform {
namespace {

namespace fs = std::filesystem;

constexpr CommandLimits kLimits{std::chrono::minutes(3), std::size_t{16} << 20};

/// Seconds and nanoseconds of the last change; zeros where there is none.
using ChangeTime = std::pair<std::int64_t, std::int64_t>;

ChangeTime changed(const std::string& path)
{
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        return {};
    return {status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

bool exists(const std::string& path)
{
    return ::access(path.c_str(), F_OK) == 0;
}

/// True once an archive's lists were fetched; a container's image mostly has none.
bool hasAptLists(const std::string& folder)
{
    std::error_code error;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        if (entry->path().filename().string().ends_with("Release"))
            return true;
    }
    return false;
}

Result<std::vector<PendingUpdate>> askApt()
{
    const auto answer =
        runCommand({"/usr/bin/apt-get", "--just-print", "-o", "Debug::NoLocking=1", "dist-upgrade"}, kLimits);
    if (!answer)
        return tl::unexpected(answer.error());
    if (answer->exitCode != 0)
        return tl::unexpected(endedWith("apt-get dist-upgrade", *answer));
    return parse::parseAptSimulation(answer->text);
}

/// Not --quiet: then it would not say of which repositories it knows nothing. dnf 4 ends each line by itself, too.
Result<CommandOutput> askDnf(bool securityOnly)
{
    std::vector<std::string> command{"/usr/bin/dnf", "--cacheonly", "repoquery", "--upgrades", "--latest-limit=1",
        "--queryformat=%{name}\t%{evr}\t%{arch}\t%{repoid}\n"};
    if (securityOnly)
        command.emplace_back("--security");
    auto answer = runCommand(command, kLimits);
    if (!answer)
        return tl::unexpected(answer.error());
    if (answer->exitCode != 0)
        return tl::unexpected(endedWith("dnf repoquery", *answer));
    return answer;
}

std::string withCommas(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

} // namespace

struct UpdatesReader::State {
    /// What the last answer went by, and the day that it was asked on.
    using Key = std::pair<std::array<ChangeTime, 6>, std::int64_t>;

    [[nodiscard]] Result<UpdatesReading> readApt();
    [[nodiscard]] Result<UpdatesReading> readDnf();
    template <typename Ask>
    void keepPending(const Key& key, Ask ask, UpdatesReading& reading);
    void aptReboot(UpdatesReading& reading) const;

    Roots roots;
    std::optional<Key> key; ///< absent: ask again
    std::optional<std::vector<PendingUpdate>> pending;
    std::vector<std::string> withoutCache; ///< of dnf's repositories, as the last answer left them out
};

template <typename Ask>
void UpdatesReader::State::keepPending(const Key& now, Ask ask, UpdatesReading& reading)
{
    if (key != now) {
        auto answer = ask();
        key = answer ? std::optional(now) : std::nullopt;
        pending = answer ? std::optional(std::move(*answer)) : std::nullopt;
        if (!answer)
            reading.warnings.push_back(answer.error().message);
    }
    reading.pending = pending;
}

/// Packages say it by a file; whether there is anything that writes it is told by the hooks that do.
void UpdatesReader::State::aptReboot(UpdatesReading& reading) const
{
    if (exists(roots.path("/run/reboot-required"))) {
        reading.rebootRequired = true;
        const std::string text = readWhole(roots.path("/run/reboot-required.pkgs")).value_or("");
        std::string_view rest = text;
        std::string_view line;
        while (parse::takeLine(rest, line)) {
            const std::string package(parse::trimmed(line));
            if (!package.empty() && std::ranges::find(reading.rebootReasons, package) == reading.rebootReasons.end())
                reading.rebootReasons.push_back(package);
        }
        return;
    }
    for (const char* hook : {"/usr/share/update-notifier/notify-reboot-required",
             "/etc/kernel/postinst.d/unattended-upgrades", "/etc/kernel/postinst.d/reboot-notifier"}) {
        if (exists(roots.path(hook)))
            reading.rebootRequired = false;
    }
}

Result<UpdatesReading> UpdatesReader::State::readApt()
{
    UpdatesReading reading;
    reading.manager = "apt";
    aptReboot(reading);
    const std::string lists = roots.path("/var/lib/apt/lists");
    if (!hasAptLists(lists)) {
        reading.warnings.push_back("apt has not fetched its lists yet: apt-get update does");
        return reading;
    }
    reading.listsChanged = std::chrono::sys_seconds(std::chrono::seconds(changed(lists).first));
    if (roots.root != "/") {
        reading.warnings.push_back("apt tells the updates of its own system only, not of " + roots.root);
        return reading;
    }
    constexpr std::int64_t kDay = 86'400; // updates that are phased in come with time alone
    keepPending(
        {{changed(lists), changed("/var/lib/dpkg/status"), changed("/etc/apt"), changed("/etc/apt/sources.list"),
             changed("/etc/apt/sources.list.d"), changed("/etc/apt/preferences.d")},
            std::time(nullptr) / kDay},
        askApt, reading);
    return reading;
}

Result<UpdatesReading> UpdatesReader::State::readDnf()
{
    UpdatesReading reading;
    reading.manager = "dnf";
    if (const auto answer = runCommand({"/usr/bin/dnf", "--cacheonly", "needs-restarting", "-r"}, kLimits);
        answer && (answer->exitCode == 0 || answer->text.find("Reboot is required") != std::string::npos)) {
        reading.rebootRequired = answer->exitCode != 0;
        if (*reading.rebootRequired)
            reading.rebootReasons = parse::parseNeedsRestarting(answer->text);
    }
    const ChangeTime lists = changed("/var/cache/dnf");
    if (lists.first > 0)
        reading.listsChanged = std::chrono::sys_seconds(std::chrono::seconds(lists.first));
    const auto ask = [this] {
        return askDnf(false).map([this](const CommandOutput& all) {
            const auto security = askDnf(true);
            withoutCache = parse::parseDnfWithoutCache(all.errors);
            return parse::parseDnfUpgrades(all.text, security ? &security->text : nullptr);
        });
    };
    constexpr std::int64_t kHour = 3'600; // its cache has folders of its own for each repository
    keepPending(
        {{lists, changed("/var/lib/rpm"), changed("/usr/lib/sysimage/rpm")}, std::time(nullptr) / kHour}, ask, reading);
    if (reading.pending && !withoutCache.empty()) {
        reading.warnings.push_back("dnf keeps nothing of " + withCommas(withoutCache) +
                                   ", whose updates are not known: dnf makecache fetches it");
        if (reading.pending->empty())
            reading.pending.reset(); // none of those that were looked through: not none at all
    }
    return reading;
}

UpdatesReader::UpdatesReader(Roots roots) : m_state(std::make_unique<State>())
{
    m_state->roots = std::move(roots);
}

UpdatesReader::~UpdatesReader() = default;

Result<UpdatesReading> UpdatesReader::read()
{
    const Roots& roots = m_state->roots;
    if (exists(roots.path("/var/lib/dpkg/status")) && exists(roots.path("/usr/bin/apt-get")))
        return m_state->readApt();
    if (roots.root == "/" && exists("/usr/bin/dnf"))
        return m_state->readDnf();
    return fail(ErrorCode::NotAvailable, "this system has neither apt nor dnf, or they are not its own");
}

} // namespace sextant::platform
