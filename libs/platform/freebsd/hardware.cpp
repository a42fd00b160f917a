// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/hardware.h"

#include "platform/bsd/sysctl.h"
#include "platform/parse/smbios.h"

#include <kenv.h>

#include <array>
#include <cctype>

namespace sextant::platform {
namespace {

/// A variable that the loader left for the kernel: what it found in the SMBIOS table, loader.efi(8).
std::string variable(const char* name)
{
    std::array<char, KENV_MVALLEN + 1> value{};
    const int size = ::kenv(KENV_GET, name, value.data(), KENV_MVALLEN + 1);
    return size > 0 ? parse::labelText(value.data()) : std::string();
}

std::string lower(std::string text)
{
    for (char& c : text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

std::optional<std::uint32_t> count(const char* name)
{
    const auto number = sysctlNumber(name);
    return number && *number <= UINT32_MAX ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

} // namespace

Result<Hardware> readHardware(const Roots&)
{
    Hardware hardware;
    hardware.firmware = {
        variable("smbios.bios.vendor"), variable("smbios.bios.version"), variable("smbios.bios.reldate")};
    hardware.system = {variable("smbios.system.maker"), variable("smbios.system.product"),
        variable("smbios.system.version"), variable("smbios.system.serial"), {}};
    hardware.family = variable("smbios.system.family");
    hardware.sku = variable("smbios.system.sku");
    hardware.uuid = lower(variable("smbios.system.uuid"));
    hardware.board = {variable("smbios.planar.maker"), variable("smbios.planar.product"),
        variable("smbios.planar.version"), variable("smbios.planar.serial"), variable("smbios.planar.tag")};
    hardware.chassis = {variable("smbios.chassis.maker"), {}, variable("smbios.chassis.version"),
        variable("smbios.chassis.serial"), variable("smbios.chassis.tag")};
    hardware.chassisType = lower(variable("smbios.chassis.type"));
    hardware.processors.push_back(
        {{}, {}, sysctlText("hw.model").value_or(""), count("kern.smp.cores"), count("hw.ncpu"), {}});
    return hardware;
}

} // namespace sextant::platform
