// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/packages.h"

#include "platform/command.h"
#include "platform/linux/kernel_file.h"
#include "platform/parse/dpkg_status.h"
#include "platform/parse/package_table.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

namespace sextant::platform {
namespace {

/// dpkg writes a package's list of files last when it unpacks it; packages that may be there for several architectures
/// have theirs in the name.
std::optional<std::chrono::sys_seconds> unpacked(const std::string& folder, const Package& package)
{
    for (const std::string& name : {package.name, package.name + ':' + package.architecture}) {
        struct stat file {};
        if (::stat((folder + name + ".list").c_str(), &file) == 0)
            return std::chrono::sys_seconds(std::chrono::seconds(file.st_mtime));
    }
    return std::nullopt;
}

Result<std::vector<Package>> readDpkg(const Roots& roots)
{
    KernelFile status(roots.path("/var/lib/dpkg/status"));
    const auto text = status.read();
    if (!text)
        return tl::unexpected(text.error());
    std::vector<Package> packages = parse::parseDpkgStatus(*text);
    for (Package& package : packages)
        package.installed = unpacked(roots.path("/var/lib/dpkg/info/"), package);
    return packages;
}

/// A database of rpm's, of any of its formats: machines that only have the program get no empty one made by asking.
bool hasRpmDatabase(const Roots& roots)
{
    for (const char* folder : {"/usr/lib/sysimage/rpm/", "/var/lib/rpm/"}) {
        for (const char* file : {"rpmdb.sqlite", "Packages.db", "Packages"}) {
            if (::access(roots.path(std::string(folder) + file).c_str(), F_OK) == 0)
                return true;
        }
    }
    return false;
}

Result<std::vector<Package>> readRpm(const Roots& roots)
{
    if (!hasRpmDatabase(roots))
        return fail(ErrorCode::NotFound, "there is no database of rpm's");
    if (roots.root != "/")
        return fail(ErrorCode::NotAvailable, "rpm tells the packages of its own system only, not of " + roots.root);
    const auto answer = runCommand(
        {"/usr/bin/rpm", "-qa", "--qf", "%{NAME}\t%{EVR}\t%{ARCH}\t%{VENDOR}\t%{INSTALLTIME}\t%{LONGSIZE}\n"});
    if (!answer)
        return tl::unexpected(answer.error());
    if (answer->exitCode != 0)
        return tl::unexpected(endedWith("rpm -qa", *answer));
    std::vector<Package> packages = parse::parsePackageTable(answer->text, "rpm");
    // Keys that signatures are checked with; rpm keeps them as packages.
    std::erase_if(packages, [](const Package& package) { return package.name == "gpg-pubkey"; });
    return packages;
}

} // namespace

Result<PackagesReading> readPackages(const Roots& roots)
{
    PackagesReading reading;
    bool any = false;
    for (auto& source : {readDpkg(roots), readRpm(roots)}) {
        if (source) {
            any = true;
            std::ranges::copy(*source, std::back_inserter(reading.packages));
        } else if (source.error().code != ErrorCode::NotFound) {
            reading.warnings.push_back(source.error().message);
        }
    }
    if (!any && reading.warnings.empty())
        return fail(ErrorCode::NotAvailable, "this system has neither dpkg nor rpm");
    if (!any)
        return fail(ErrorCode::Io, reading.warnings.front());
    sortPackages(reading.packages);
    return reading;
}

} // namespace sextant::platform
