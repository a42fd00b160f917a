// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/host.h"

#include "platform/bsd/sysctl.h"
#include "platform/clocks.h"

#include <unistd.h>
#include <uuid/uuid.h>

#include <array>

namespace sextant::platform {
namespace {

std::optional<std::string> present(Result<std::string> text)
{
    return text && !text->empty() ? std::optional(std::move(*text)) : std::nullopt;
}

/// The hardware's UUID, by gethostuuid(2), which may wait for it: a second at most.
std::optional<std::string> machineId()
{
    uuid_t id{};
    const timespec wait{1, 0};
    if (::gethostuuid(id, &wait) != 0)
        return std::nullopt;
    std::array<char, 37> text{}; // 36 and the NUL
    ::uuid_unparse_lower(id, text.data());
    return std::string(text.data());
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
    facts.osFamily = "darwin";
    facts.osId = "macos";
    facts.osVersion = sysctlText("kern.osproductversion").value_or("");
    facts.osName = facts.osVersion.empty() ? "macOS" : "macOS " + facts.osVersion;
    facts.kernel = *kernel;
    facts.architecture = sysctlText("hw.machine").value_or("");
    if (facts.architecture == "arm64")
        facts.architecture = "aarch64"; // one word for it on every system
    facts.machineId = machineId();
    facts.bootId = present(readBootId(roots));
    if (sysctlNumber("kern.hv_vmm_present").value_or(0) != 0)
        facts.virtualisation = "vm";
    return facts;
}

} // namespace sextant::platform
