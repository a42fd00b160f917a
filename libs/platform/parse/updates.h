// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/parse/worker_message.h"
#include "platform/updates.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// What `apt-get --just-print dist-upgrade` would do: "Inst openssl [3.0.15-1] (3.0.17-1
/// Debian-Security:12/oldstable-security [amd64])". Packages that would come new with others are left out. An update is
/// for security when an archive named so has it.
[[nodiscard]] std::vector<PendingUpdate> parseAptSimulation(std::string_view text);

/// What `dnf repoquery --upgrades` prints of name, version, architecture and repository with tabs between them.
/// `security`: the same of those for security only; null where that is not known.
[[nodiscard]] std::vector<PendingUpdate> parseDnfUpgrades(std::string_view text, const std::string* security);

/// The repositories of which dnf, told to ask nobody, knows nothing: "Error: Cache-only enabled but no cache for
/// 'epel'" among what it says on its standard error, with code 0 and an answer without them.
[[nodiscard]] std::vector<std::string> parseDnfWithoutCache(std::string_view errors);

/// What `dnf needs-restarting -r` lists: "  * kernel".
[[nodiscard]] std::vector<std::string> parseNeedsRestarting(std::string_view text);

/// What `pkg version -v -L =` prints: "zsh-5.9_2    <    needs updating (remote has 5.9_3)". Others than "<" are none.
/// `vulnerable`: what `pkg audit -q` prints, a name with its version in a line; null where that is not known.
[[nodiscard]] std::vector<PendingUpdate> parsePkgVersions(std::string_view text, const std::string* vulnerable);

/// Why a FreeBSD has to be restarted, if it has to: what `freebsd-version -k` prints of the kernel on its disk,
/// "14.1-RELEASE-p6", is not the one that runs. Nothing when it prints none, as in a jail.
[[nodiscard]] std::optional<std::vector<std::string>> parseInstalledKernel(
    std::string_view text, std::string_view running);

/// What macOS' `softwareupdate --list` prints (10.15 and later): "* Label: Safari16.4", and in the next line "Title:
/// Safari, Version: 16.4, Size: 95424KiB, Recommended: YES, ". One is for security when its title says so; of the
/// others nobody tells. Malformed when it neither lists any nor says that there are none: the text is no interface.
[[nodiscard]] Result<std::vector<PendingUpdate>> parseSoftwareUpdates(std::string_view text);

/// The worker's answer to the question for Windows' updates. Each row: title, its articles' numbers with commas, what
/// Microsoft says of its severity, and the ids of its categories with commas. One is for security when its category is
/// that of security updates or definition updates, or it has a severity.
[[nodiscard]] std::vector<PendingUpdate> parseWindowsUpdates(const WorkerRows& rows);

} // namespace sextant::platform::parse
