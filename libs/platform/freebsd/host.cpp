// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/host.h"

#include "platform/bsd/sysctl.h"
#include "platform/clocks.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace sextant::platform {
namespace {

std::optional<std::string> present(Result<std::string> text)
{
    return text && !text->empty() ? std::optional(std::move(*text)) : std::nullopt;
}

/// kern.vm_guest in the words that the header promises.
std::optional<std::string> virtualisation()
{
    static constexpr auto kNames = std::to_array<std::pair<std::string_view, const char*>>(
        {{"hv", "microsoft"}, {"vbox", "oracle"}, {"generic", "vm"}, {"xen", "xen"}, {"vmware", "vmware"},
            {"kvm", "kvm"}, {"bhyve", "bhyve"}, {"parallels", "parallels"}});
    const auto guest = present(sysctlText("kern.vm_guest"));
    if (!guest || *guest == "none")
        return std::nullopt;
    const auto place = std::ranges::find(kNames, std::string_view(*guest), [](const auto& name) { return name.first; });
    return place == kNames.end() ? "vm" : place->second;
}

/// "14.1-RELEASE-p2" is version 14.1.
std::string versionOf(const std::string& release)
{
    return release.substr(0, release.find('-'));
}

} // namespace

Result<HostFacts> readHostFacts(const Roots& roots)
{
    const auto hostname = sysctlText("kern.hostname");
    const auto kernel = sysctlText("kern.osrelease");
    if (!hostname)
        return tl::unexpected(hostname.error());
    if (!kernel)
        return tl::unexpected(kernel.error());
    HostFacts facts;
    facts.hostname = *hostname;
    facts.osFamily = facts.osId = "freebsd";
    facts.osVersion = versionOf(*kernel);
    facts.osName = "FreeBSD " + *kernel;
    facts.kernel = *kernel;
    facts.architecture = sysctlText("hw.machine_arch").value_or("");
    if (facts.architecture == "amd64")
        facts.architecture = "x86_64"; // one word for it on every system
    facts.machineId = present(sysctlText("kern.hostuuid"));
    facts.bootId = present(readBootId(roots));
    facts.virtualisation = virtualisation();
    if (sysctlNumber("security.jail.jailed").value_or(0) != 0)
        facts.container = "jail";
    return facts;
}

} // namespace sextant::platform
