// SPDX-License-Identifier: GPL-3.0-or-later
// Sources: IOCTL_STORAGE_QUERY_PROPERTY and IOCTL_STORAGE_PREDICT_FAILURE (ntddstor.h). None needs a right to the disk.
#include "platform/disk_health.h"

#include "platform/parse/disk_health.h"
#include "platform/parse/windows_storage.h"
#include "platform/windows/disk_list.h"
#include "platform/windows/handle.h"
#include "platform/windows/wide.h"
#include "platform/windows/windows_error.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace sextant::platform {
namespace {

using Answer = std::array<std::byte, 4096>;

/// STORAGE_PROPERTY_QUERY with STORAGE_PROTOCOL_SPECIFIC_DATA behind its first two fields.
struct ProtocolQuery {
    std::uint32_t property = 50; // StorageDeviceProtocolSpecificProperty
    std::uint32_t kind = 0;      // PropertyStandardQuery
    std::uint32_t protocol = 3;  // ProtocolTypeNvme
    std::uint32_t dataType = 2;  // NVMeDataTypeLogPage
    std::uint32_t page = 2;      // health
    std::uint32_t subValue = 0;
    std::uint32_t dataOffset = 40; // from `protocol` on
    std::uint32_t dataLength = parse::kHealthBytes;
    std::array<std::uint32_t, 4> rest{};
};
static_assert(sizeof(ProtocolQuery) == 8 + sizeof(STORAGE_PROTOCOL_SPECIFIC_DATA) &&
              offsetof(STORAGE_PROTOCOL_SPECIFIC_DATA, ProtocolDataOffset) == 16 &&
              offsetof(STORAGE_PREDICT_FAILURE, VendorSpecific) == sizeof(std::uint32_t));

Result<parse::RawBytes> control(HANDLE disk, DWORD code, std::span<const std::byte> question, Answer& answer)
{
    answer.fill(std::byte{0});
    std::ranges::copy(question, answer.begin()); // some drivers look for the question there
    DWORD filled = 0;
    if (::DeviceIoControl(disk, code, const_cast<std::byte*>(question.data()), static_cast<DWORD>(question.size()),
            answer.data(), static_cast<DWORD>(answer.size()), &filled, nullptr) == 0)
        return tl::unexpected(lastError("the health of a disk"));
    return parse::RawBytes(answer).first(std::min<std::size_t>(filled, answer.size()));
}

/// What the disk is, into `disk`, and how it is asked.
Result<parse::DiskLanguage> describe(HANDLE handle, DiskHealth& disk)
{
    constexpr std::array<std::uint32_t, 3> kQuestion{}; // StorageDeviceProperty, PropertyStandardQuery
    Answer answer;
    const auto bytes = control(handle, IOCTL_STORAGE_QUERY_PROPERTY, std::as_bytes(std::span(kQuestion)), answer);
    if (!bytes)
        return tl::unexpected(bytes.error());
    if (const auto described = parse::parseStorageDescriptor(*bytes)) {
        disk.model = parse::diskText(described->model);
        disk.serial = parse::diskText(described->serial);
    }
    return parse::parseDiskLanguage(*bytes);
}

Result<void> askNvme(HANDLE handle, DiskHealth& disk)
{
    const ProtocolQuery question;
    Answer answer;
    return control(handle, IOCTL_STORAGE_QUERY_PROPERTY, std::as_bytes(std::span(&question, 1)), answer)
        .and_then([](parse::RawBytes bytes) { return parse::parseProtocolData(bytes); })
        .and_then([&disk](parse::RawBytes page) { return parse::parseNvmeHealth(page, disk); });
}

/// Windows tells the disk's verdict and the sector of its attributes, not the thresholds.
Result<void> askAta(HANDLE handle, DiskHealth& disk)
{
    Answer answer;
    const auto bytes = control(handle, IOCTL_STORAGE_PREDICT_FAILURE, {}, answer);
    if (!bytes)
        return tl::unexpected(bytes.error());
    constexpr std::size_t kSector = sizeof(std::uint32_t);
    if (bytes->size() < kSector)
        return fail(ErrorCode::Malformed, "the disk's verdict on itself is too short");
    disk.healthy = parse::numberAt<std::uint32_t>(*bytes, 0) == 0;
    // Wear is left out: which disk spins would be one more question.
    static_cast<void>(parse::parseAtaHealth(bytes->subspan(kSector), {}, true, disk)); // not every driver gives it
    return {};
}

Result<DiskHealth> ask(unsigned number)
{
    DiskHealth disk;
    disk.device = "PhysicalDrive" + std::to_string(number);
    const Handle handle(::CreateFileW(toWide("\\\\.\\" + disk.device).c_str(), 0, FILE_SHARE_READ | FILE_SHARE_WRITE,
        nullptr, OPEN_EXISTING, 0, nullptr));
    if (!handle.isOpen())
        return tl::unexpected(lastError(disk.device));
    const auto language = describe(handle.get(), disk);
    if (!language)
        return tl::unexpected(language.error());
    if (language == parse::DiskLanguage::Other)
        return fail(ErrorCode::NotAvailable, disk.device + " is neither NVMe nor ATA");
    if (BOOL on = TRUE; ::GetDevicePowerState(handle.get(), &on) != 0 && on == 0) {
        disk.asleep = true;
        return disk;
    }
    const auto asked = language == parse::DiskLanguage::Nvme ? askNvme(handle.get(), disk) : askAta(handle.get(), disk);
    return asked.map([&disk] { return disk; });
}

} // namespace

Result<DiskHealthReading> readDiskHealth(const Roots&)
{
    const auto numbers = listDisks();
    if (!numbers)
        return tl::unexpected(numbers.error());
    DiskHealthReading reading;
    for (const unsigned number : *numbers) {
        auto disk = ask(number);
        if (disk)
            reading.disks.push_back(std::move(*disk));
        else if (disk.error().code != ErrorCode::NotFound && disk.error().code != ErrorCode::NotAvailable &&
                 disk.error().code != ErrorCode::Denied)
            reading.warnings.push_back(disk.error().message);
    }
    if (reading.disks.empty() && reading.warnings.empty())
        return fail(ErrorCode::NotAvailable, "there is no NVMe or ATA disk that could be asked");
    return reading;
}

} // namespace sextant::platform
