// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/hardware.h"

#include "platform/parse/smbios.h"
#include "platform/parse/windows_layout.h"
#include "platform/parse/windows_storage.h"
#include "platform/windows/disk_list.h"
#include "platform/windows/firmware_table.h"
#include "platform/windows/handle.h"
#include "platform/windows/registry.h"
#include "platform/windows/wide.h"
#include "platform/windows/windows_api.h"
#include "platform/windows/windows_error.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>

namespace sextant::platform {
namespace {

struct FreeTheTable {
    void operator()(MIB_IF_TABLE2* table) const { ::FreeMibTable(table); }
};

/// One processor for all, where the firmware describes none: as the kernel keeps them in the registry.
void addProcessor(Hardware& hardware)
{
    constexpr const wchar_t* kKey = L"HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\0";
    const auto model = registryText(kKey, L"ProcessorNameString");
    if (!model)
        return;
    Processor& processor = hardware.processors.emplace_back();
    processor.model = parse::labelText(*model);
    processor.manufacturer = registryText(kKey, L"VendorIdentifier").value_or("");
    processor.threads = ::GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
}

std::optional<bool> isRotational(HANDLE disk)
{
    STORAGE_PROPERTY_QUERY query{};
    query.PropertyId = StorageDeviceSeekPenaltyProperty;
    query.QueryType = PropertyStandardQuery;
    DEVICE_SEEK_PENALTY_DESCRIPTOR answer{};
    DWORD filled = 0;
    if (::DeviceIoControl(disk, IOCTL_STORAGE_QUERY_PROPERTY, &query, sizeof(query), &answer, sizeof(answer), &filled,
            nullptr) == 0 ||
        filled < sizeof(answer))
        return std::nullopt;
    return answer.IncursSeekPenalty != 0;
}

std::optional<std::uint64_t> sizeOf(HANDLE disk)
{
    DISK_GEOMETRY_EX geometry{};
    DWORD filled = 0;
    if (::DeviceIoControl(
            disk, IOCTL_DISK_GET_DRIVE_GEOMETRY_EX, nullptr, 0, &geometry, sizeof(geometry), &filled, nullptr) == 0 ||
        geometry.DiskSize.QuadPart <= 0)
        return std::nullopt;
    return static_cast<std::uint64_t>(geometry.DiskSize.QuadPart);
}

/// Opened without any right to the disk, which is enough to be told of it, and does not wake it.
std::optional<Disk> askDisk(unsigned number)
{
    const std::string name = "PhysicalDrive" + std::to_string(number);
    const Handle handle(::CreateFileW(
        toWide("\\\\.\\" + name).c_str(), 0, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING, 0, nullptr));
    if (!handle.isOpen())
        return std::nullopt;
    STORAGE_PROPERTY_QUERY query{};
    query.PropertyId = StorageDeviceProperty;
    query.QueryType = PropertyStandardQuery;
    std::array<std::byte, 4096> bytes{};
    DWORD filled = 0;
    if (::DeviceIoControl(handle.get(), IOCTL_STORAGE_QUERY_PROPERTY, &query, sizeof(query), bytes.data(),
            static_cast<DWORD>(bytes.size()), &filled, nullptr) == 0)
        return std::nullopt;
    auto disk = parse::parseStorageDescriptor(std::span(bytes).first(std::min<std::size_t>(filled, bytes.size())));
    if (!disk)
        return std::nullopt;
    disk->name = name;
    disk->bytes = sizeOf(handle.get());
    disk->rotational = isRotational(handle.get());
    return *disk;
}

void readDisks(Hardware& hardware)
{
    const auto numbers = listDisks();
    if (!numbers) {
        hardware.warnings.push_back(numbers.error().message);
        return;
    }
    for (const unsigned number : *numbers) {
        if (auto disk = askDisk(number))
            hardware.disks.push_back(std::move(*disk));
    }
}

std::string addressOf(const MIB_IF_ROW2& row)
{
    std::string text;
    for (ULONG i = 0; i < std::min<ULONG>(row.PhysicalAddressLength, IF_MAX_PHYS_ADDRESS_LENGTH); ++i) {
        std::array<char, 4> digits{};
        std::snprintf(
            digits.data(), digits.size(), i == 0 ? "%02x" : ":%02x", static_cast<unsigned>(row.PhysicalAddress[i]));
        text += digits.data();
    }
    return text;
}

void readNetworkCards(Hardware& hardware)
{
    MIB_IF_TABLE2* given = nullptr;
    if (const DWORD code = ::GetIfTable2(&given); code != NO_ERROR) {
        hardware.warnings.push_back(windowsError(code, "the network cards").message);
        return;
    }
    const std::unique_ptr<MIB_IF_TABLE2, FreeTheTable> table(given);
    for (ULONG i = 0; i < table->NumEntries; ++i) {
        const MIB_IF_ROW2& row = table->Table[i];
        if (row.InterfaceAndOperStatusFlags.HardwareInterface && !row.InterfaceAndOperStatusFlags.FilterInterface)
            hardware.networkCards.push_back({toUtf8(row.Alias), toUtf8(row.Description), {}, addressOf(row)});
    }
    std::ranges::sort(hardware.networkCards, {}, &NetworkCard::name);
}

} // namespace

Result<Hardware> readHardware(const Roots&)
{
    Hardware hardware;
    if (const auto table = readSmbiosTable())
        hardware = parse::parseRawSmbios(*table);
    else
        hardware.warnings.push_back(table.error().message);
    if (hardware.processors.empty())
        addProcessor(hardware);
    readDisks(hardware);
    readNetworkCards(hardware);
    return hardware;
}

} // namespace sextant::platform
