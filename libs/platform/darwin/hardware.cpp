// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/hardware.h"

#include "platform/bsd/sysctl.h"

namespace sextant::platform {
namespace {

std::optional<std::uint32_t> count(const char* name)
{
    const auto number = sysctlNumber(name);
    return number && *number <= UINT32_MAX ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

} // namespace

/// Model and processor. Serial numbers, disks and modules are told by IOKit only, which is not linked.
Result<Hardware> readHardware(const Roots&)
{
    const auto model = sysctlText("hw.model");
    if (!model)
        return tl::unexpected(model.error());
    Hardware hardware;
    hardware.system.manufacturer = "Apple Inc.";
    hardware.system.product = *model;
    hardware.processors.push_back({{}, {}, sysctlText("machdep.cpu.brand_string").value_or(""), count("hw.physicalcpu"),
        count("hw.logicalcpu"), {}});
    return hardware;
}

} // namespace sextant::platform
