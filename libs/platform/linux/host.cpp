// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/host.h"

#include "platform/linux/kernel_file.h"
#include "platform/parse/fields.h"
#include "platform/parse/key_values.h"
#include "platform/parse/smbios.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

namespace sextant::platform {
namespace {

/// The file without blanks at its ends; empty when it cannot be read.
std::string line(const std::string& path)
{
    const auto text = readWhole(path);
    return text ? std::string(parse::trimmed(*text)) : std::string();
}

bool exists(const std::string& path)
{
    return ::access(path.c_str(), F_OK) == 0;
}

bool contains(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

/// The kernel's own hostname file answers for the asking process's namespace: right for the live system only.
std::string hostname(const Roots& roots)
{
    const std::string kernelName = line(roots.proc + "/sys/kernel/hostname");
    if (roots.live() && !kernelName.empty())
        return kernelName;
    const std::string fileName = line(roots.path("/etc/hostname"));
    return fileName.empty() ? kernelName : fileName;
}

void readOsRelease(const Roots& roots, HostFacts& facts)
{
    auto text = readWhole(roots.path("/etc/os-release"));
    if (!text)
        text = readWhole(roots.path("/usr/lib/os-release"));
    facts.osFamily = "linux";
    if (!text) {
        facts.warnings.push_back(text.error().message);
        facts.osId = facts.osName = "linux"; // what os-release(5) says to assume
        return;
    }
    facts.osId = parse::keyValue(*text, "ID");
    facts.osVersion = parse::keyValue(*text, "VERSION_ID");
    facts.osName = parse::keyValue(*text, "PRETTY_NAME");
    if (facts.osId.empty())
        facts.osId = "linux";
    if (facts.osName.empty())
        facts.osName = facts.osId;
}

/// machine-id(5): 32 hexadecimal digits; an image that was never started says "uninitialized" or is empty.
std::optional<std::string> machineId(const Roots& roots)
{
    for (const char* path : {"/etc/machine-id", "/var/lib/dbus/machine-id"}) {
        std::string id = line(roots.path(path));
        const bool valid =
            id.size() == 32 && std::ranges::all_of(id, [](unsigned char c) { return std::isxdigit(c) != 0; });
        if (valid)
            return id;
    }
    return std::nullopt;
}

/// By what the firmware says of itself, then by what the processor and the device tree say.
std::optional<std::string> virtualisation(const Roots& roots)
{
    const std::string dmi = roots.sys + "/class/dmi/id/";
    const parse::FirmwareFacts firmware{
        line(dmi + "bios_vendor"), line(dmi + "sys_vendor"), line(dmi + "product_name"), line(dmi + "board_vendor")};
    const std::string cpuInfo = readWhole(roots.proc + "/cpuinfo").value_or("");
    const bool hypervisor = contains(cpuInfo, " hypervisor"); // the flag that x86 guests see
    // Some clouds rent whole machines under the same names.
    if (hypervisor || !contains(cpuInfo, "flags\t\t:")) {
        if (auto name = parse::virtualisationOf(firmware))
            return name;
    }
    if (line(roots.sys + "/hypervisor/type") == "xen")
        return "xen";
    const std::string tree = roots.proc + "/device-tree/hypervisor/compatible";
    if (exists(tree))
        return contains(line(tree), "kvm") ? "kvm" : "vm";
    if (hypervisor)
        return "vm";
    return std::nullopt;
}

std::optional<std::string> container(const Roots& roots)
{
    const std::string declared = line(roots.path("/run/systemd/container"));
    if (!declared.empty())
        return declared;
    if (exists(roots.path("/var/run/secrets/kubernetes.io")))
        return "kubernetes";
    if (exists(roots.path("/run/.containerenv")))
        return "podman";
    if (exists(roots.path("/.dockerenv")))
        return "docker";
    const std::string release = line(roots.proc + "/sys/kernel/osrelease");
    if (contains(release, "microsoft") || contains(release, "Microsoft"))
        return "wsl";
    const std::string groups = readWhole(roots.proc + "/1/cgroup").value_or("");
    for (const auto& [part, name] : {std::pair("kubepods", "kubernetes"), std::pair("/docker", "docker"),
             std::pair("libpod", "podman"), std::pair("/lxc", "lxc")}) {
        if (contains(groups, part))
            return name;
    }
    const std::string environment = readWhole(roots.proc + "/1/environ").value_or("");
    if (environment.starts_with("container=") || contains(environment, std::string_view("\0container=", 11)))
        return "container";
    return std::nullopt;
}

} // namespace

Result<HostFacts> readHostFacts(const Roots& roots)
{
    HostFacts facts;
    facts.hostname = hostname(roots);
    facts.kernel = line(roots.proc + "/sys/kernel/osrelease");
    facts.architecture = line(roots.proc + "/sys/kernel/arch"); // since 6.1
    utsname names{};
    if (facts.architecture.empty() && ::uname(&names) == 0)
        facts.architecture = names.machine;
    if (facts.hostname.empty() || facts.kernel.empty())
        return fail(
            ErrorCode::NotFound, "neither " + roots.proc + "/sys/kernel nor /etc/hostname says who this machine is");
    readOsRelease(roots, facts);
    facts.machineId = machineId(roots);
    if (std::string id = line(roots.proc + "/sys/kernel/random/boot_id"); !id.empty())
        facts.bootId = std::move(id);
    facts.virtualisation = virtualisation(roots);
    facts.container = container(roots);
    return facts;
}

} // namespace sextant::platform
