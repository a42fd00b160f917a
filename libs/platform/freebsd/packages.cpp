// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/packages.h"

#include "platform/command.h"
#include "platform/parse/package_table.h"

namespace sextant::platform {

/// By pkg-query(8): its database is SQLite's and not ours to read. The program in /usr/sbin is only the one that
/// installs pkg, and would ask whether it shall.
Result<PackagesReading> readPackages(const Roots&)
{
    const auto answer = runCommand({"/usr/local/sbin/pkg", "query", "-a", "%n\t%v\t%q\t%m\t%t\t%sb"});
    if (!answer)
        return tl::unexpected(answer.error());
    if (answer->exitCode != 0)
        return tl::unexpected(endedWith("pkg query", *answer));
    PackagesReading reading;
    reading.packages = parse::parsePackageTable(answer->text, "pkg");
    sortPackages(reading.packages);
    return reading;
}

} // namespace sextant::platform
