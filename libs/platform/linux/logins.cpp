// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/linux/logins.h"

#include "platform/linux/kernel_file.h"
#include "platform/parse/key_values.h"
#include "platform/parse/utmp_file.h"

#include <dirent.h>
#include <utmp.h>

#include <array>
#include <cstring>
#include <memory>

namespace sextant::platform {
namespace {

struct Close {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

/// A session counts when a person's (class "user…") and not on its way out. The pipes "<id>.ref" beside the files are
/// not read.
std::optional<std::uint64_t> countSessions(const std::string& path)
{
    const std::unique_ptr<DIR, Close> folder(::opendir(path.c_str()));
    if (!folder)
        return std::nullopt;
    std::uint64_t sessions = 0;
    std::array<char, 4096> buffer;
    while (const dirent* entry = ::readdir(folder.get())) {
        if (std::strchr(entry->d_name, '.'))
            continue;
        const auto text = readOnce(::dirfd(folder.get()), entry->d_name, buffer);
        if (text && parse::keyValue(*text, "CLASS") == "user" && parse::keyValue(*text, "STATE") != "closing")
            ++sessions;
    }
    return sessions;
}

} // namespace

Result<std::optional<std::uint64_t>> countLoggedIn(const Roots& roots)
{
    for (const char* path : {"/run/utmp", "/var/run/utmp"}) {
        const auto records = readWhole(roots.path(path));
        if (records)
            return parse::countLogins(*records, sizeof(utmp));
        if (records.error().code != ErrorCode::NotFound)
            return tl::unexpected(records.error());
    }
    return countSessions(roots.path("/run/systemd/sessions"));
}

} // namespace sextant::platform
