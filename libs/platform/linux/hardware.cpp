// SPDX-License-Identifier: GPL-3.0-or-later
// Sources: Documentation/ABI/stable/sysfs-firmware-dmi-tables, testing/sysfs-class-dmi, stable/sysfs-block and
// testing/sysfs-class-net of the kernel; /run/udev/data is what udev found out about a device, readable by all.
#include "platform/hardware.h"

#include "platform/linux/kernel_file.h"
#include "platform/parse/cpuinfo.h"
#include "platform/parse/fields.h"
#include "platform/parse/key_values.h"
#include "platform/parse/smbios.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace sextant::platform {
namespace {

namespace fs = std::filesystem;

std::string line(const std::string& path)
{
    std::array<char, 4096> buffer;
    const auto text = readOnce(AT_FDCWD, path.c_str(), buffer);
    return text ? std::string(parse::trimmed(*text)) : std::string();
}

/// The names in a folder, sorted; none when it cannot be read.
std::vector<std::string> entries(const std::string& folder)
{
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error))
        names.push_back(entry->path().filename().string());
    std::ranges::sort(names);
    return names;
}

/// What everybody may read of the table: no processors, modules and serial numbers.
Hardware fromClass(const std::string& folder)
{
    const auto label = [&](const char* name) { return parse::labelText(line(folder + name)); };
    Hardware hardware;
    hardware.system = {
        label("sys_vendor"), label("product_name"), label("product_version"), label("product_serial"), {}};
    hardware.family = label("product_family");
    hardware.sku = label("product_sku");
    hardware.uuid = label("product_uuid");
    hardware.board = {label("board_vendor"), label("board_name"), label("board_version"), label("board_serial"),
        label("board_asset_tag")};
    hardware.chassis = {
        label("chassis_vendor"), {}, label("chassis_version"), label("chassis_serial"), label("chassis_asset_tag")};
    hardware.chassisType = parse::chassisTypeName(parse::toUnsigned(line(folder + "chassis_type")).value_or(0));
    hardware.firmware = {label("bios_vendor"), label("bios_version"), label("bios_date")};
    return hardware;
}

Hardware fromFirmware(const Roots& roots)
{
    const std::string path = roots.sys + "/firmware/dmi/tables/DMI";
    const auto table = readWhole(path);
    if (table)
        return parse::parseSmbiosStructures(std::as_bytes(std::span(*table)));
    Hardware hardware = fromClass(roots.sys + "/class/dmi/id/");
    if (table.error().code == ErrorCode::Denied)
        hardware.warnings.push_back(
            path + " may not be read by this account: memory modules and serial numbers of this machine are not told; "
                   "`systemd-tmpfiles --create sextant-agent.conf` gives it to the packaged agent's");
    if (hardware.system.product.empty()) // boards without such firmware have a device tree
        hardware.system.product = line(roots.proc + "/device-tree/model").c_str(); // it ends in NUL
    return hardware;
}

/// A property of a device by udev's database; its file is named by the device's number.
std::string udevProperty(const Roots& roots, const std::string& device, std::string_view key)
{
    const auto text = readWhole(roots.path("/run/udev/data/" + device));
    return text ? parse::keyValue(*text, "E:" + std::string(key)) : std::string();
}

void readDisks(const Roots& roots, Hardware& hardware)
{
    constexpr std::uint64_t kSectorBytes = 512; // whatever the disk's own are
    const std::string folder = roots.sys + "/block/";
    for (const std::string& name : entries(folder)) {
        const std::string disk = folder + name;
        const auto sectors = parse::toUnsigned(line(disk + "/size"));
        std::error_code error;
        if (!fs::exists(disk + "/device", error) || !sectors || *sectors == 0)
            continue; // made of others (LVM, RAID, loop), or a drive without a disk in it
        Disk& found = hardware.disks.emplace_back();
        found.name = name;
        found.model = line(disk + "/device/model");
        found.serial = line(disk + "/device/serial"); // NVMe
        if (found.serial.empty())
            found.serial = line(disk + "/serial"); // virtio
        if (found.serial.empty())
            found.serial = udevProperty(roots, 'b' + line(disk + "/dev"), "ID_SERIAL_SHORT");
        found.bytes = *sectors * kSectorBytes;
        if (const std::string rotational = line(disk + "/queue/rotational"); !rotational.empty())
            found.rotational = rotational == "1";
    }
}

void readNetworkCards(const Roots& roots, Hardware& hardware)
{
    const std::string folder = roots.sys + "/class/net/";
    for (const std::string& name : entries(folder)) {
        const std::string interface = folder + name;
        std::error_code error;
        if (!fs::exists(interface + "/device", error))
            continue; // no hardware behind it
        const fs::path driver = fs::read_symlink(interface + "/device/driver", error);
        hardware.networkCards.push_back(
            {name, udevProperty(roots, 'n' + line(interface + "/ifindex"), "ID_MODEL_FROM_DATABASE"),
                error ? std::string() : driver.filename().string(), line(interface + "/address")});
    }
}

} // namespace

Result<Hardware> readHardware(const Roots& roots)
{
    Hardware hardware = fromFirmware(roots);
    if (hardware.processors.empty())
        hardware.processors = parse::parseCpuInfo(readWhole(roots.proc + "/cpuinfo").value_or(""));
    readDisks(roots, hardware);
    readNetworkCards(roots, hardware);
    if (hardware == Hardware{})
        return fail(ErrorCode::NotAvailable, "neither " + roots.sys + " nor " + roots.proc + " tells of any hardware");
    return hardware;
}

} // namespace sextant::platform
