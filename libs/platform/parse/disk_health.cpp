// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/disk_health.h"

#include "platform/parse/fields.h"
#include "platform/parse/windows_layout.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

namespace sextant::platform::parse {
namespace {

std::uint8_t byteAt(RawBytes bytes, std::size_t offset)
{
    return numberAt<std::uint8_t>(bytes, offset);
}

/// A number of 128 bits, if 64 hold it, times `factor`, if they hold that, too.
std::optional<std::uint64_t> largeAt(RawBytes bytes, std::size_t offset, std::uint64_t factor = 1)
{
    const auto low = numberAt<std::uint64_t>(bytes, offset);
    const auto high = numberAt<std::uint64_t>(bytes, offset + sizeof(low));
    if (high != 0 || low > std::numeric_limits<std::uint64_t>::max() / factor)
        return std::nullopt;
    return low * factor;
}

std::optional<double> plausible(double celsius)
{
    return celsius > 0 && celsius < 150 ? std::optional(celsius) : std::nullopt;
}

std::optional<std::chrono::hours> hoursOf(std::optional<std::uint64_t> count)
{
    constexpr std::uint64_t kCentury = 24 * 366 * 100;
    return count && *count < kCentury ? std::optional(std::chrono::hours(static_cast<std::int64_t>(*count)))
                                      : std::nullopt;
}

bool isSector(RawBytes bytes)
{
    const auto add = [](std::uint8_t sum, std::byte byte) {
        return static_cast<std::uint8_t>(sum + static_cast<std::uint8_t>(byte));
    };
    return bytes.size() >= kHealthBytes &&
           std::accumulate(bytes.begin(), bytes.begin() + kHealthBytes, std::uint8_t{0}, add) == 0;
}

constexpr std::size_t kAttributes = 30;
constexpr std::size_t kAttributeSize = 12;
constexpr std::size_t attributeOffset(std::size_t index)
{
    return 2 + index * kAttributeSize;
}

struct Attribute {
    std::uint8_t id = 0;
    bool foretellsFailure = false;
    std::uint8_t value = 0; ///< normalised: falls as it gets worse
    std::uint64_t raw = 0;  ///< 48 bits
};

Attribute attributeAt(RawBytes data, std::size_t offset)
{
    Attribute attribute;
    attribute.id = byteAt(data, offset);
    attribute.foretellsFailure = (byteAt(data, offset + 1) & 1) != 0;
    attribute.value = byteAt(data, offset + 3);
    for (std::size_t i = 0; i < 6; ++i)
        attribute.raw |= std::uint64_t{byteAt(data, offset + 5 + i)} << (8 * i);
    return attribute;
}

std::optional<std::uint8_t> thresholdOf(RawBytes thresholds, std::uint8_t id)
{
    for (std::size_t i = 0; i < kAttributes; ++i) {
        if (byteAt(thresholds, attributeOffset(i)) == id)
            return byteAt(thresholds, attributeOffset(i) + 1);
    }
    return std::nullopt;
}

void keep(const Attribute& attribute, bool spins, DiskHealth& disk)
{
    constexpr std::uint64_t kLow32 = 0xffffffff;
    const auto wear = [&] {
        if (!spins && attribute.value <= 100 && !disk.wearPercent)
            disk.wearPercent = 100.0 - attribute.value;
    };
    switch (attribute.id) {
    case 5:
        disk.reallocatedSectors = attribute.raw & kLow32; // some keep more above
        break;
    case 9:
        disk.powerOn = hoursOf(attribute.raw & kLow32); // some keep milliseconds above
        break;
    case 12:
        disk.powerCycles = attribute.raw & kLow32;
        break;
    case 187:
        disk.mediaErrors = attribute.raw & kLow32;
        break;
    case 190: // the air in it; where there is 194, that is the disk
        if (!disk.celsius)
            disk.celsius = plausible(static_cast<double>(attribute.raw & 0xff));
        break;
    case 194: // above it lowest and highest
        disk.celsius = plausible(static_cast<double>(attribute.raw & 0xff));
        break;
    case 197:
        disk.pendingSectors = attribute.raw & kLow32;
        break;
    case 199:
        disk.linkErrors = attribute.raw & kLow32;
        break;
    case 177: // Samsung
    case 202: // Micron
    case 231: // Kingston and others with controllers of Phison
    case 233: // Intel
        wear();
        break;
    default:
        break;
    }
}

} // namespace

Result<void> parseNvmeHealth(RawBytes page, DiskHealth& disk)
{
    if (page.size() < kHealthBytes || std::ranges::all_of(page, [](std::byte byte) { return byte == std::byte{0}; }))
        return fail(ErrorCode::Malformed, "the disk's health page is empty or too short");
    constexpr std::uint8_t kWarnings = 0x3f; // the others are reserved
    constexpr double kZeroCelsius = 273.15;
    constexpr std::uint64_t kDataUnit = 1000 * 512;
    disk.healthy = (byteAt(page, 0) & kWarnings) == 0;
    disk.celsius = plausible(numberAt<std::uint16_t>(page, 1) - kZeroCelsius);
    if (const std::uint8_t spare = byteAt(page, 3); spare <= 100)
        disk.sparePercent = spare;
    disk.wearPercent = byteAt(page, 5);
    disk.readBytes = largeAt(page, 32, kDataUnit);
    disk.writeBytes = largeAt(page, 48, kDataUnit);
    disk.powerCycles = largeAt(page, 112);
    disk.powerOn = hoursOf(largeAt(page, 128));
    disk.unsafeShutdowns = largeAt(page, 144);
    disk.mediaErrors = largeAt(page, 160);
    return {};
}

Result<void> parseAtaHealth(RawBytes data, RawBytes thresholds, bool spins, DiskHealth& disk)
{
    if (!isSector(data) || (!thresholds.empty() && !isSector(thresholds)))
        return fail(ErrorCode::Malformed, "the disk's SMART data is too short or damaged");
    if (!thresholds.empty())
        disk.healthy = true;
    for (std::size_t i = 0; i < kAttributes; ++i) {
        const Attribute attribute = attributeAt(data, attributeOffset(i));
        if (attribute.id == 0)
            continue;
        keep(attribute, spins, disk);
        const auto threshold = thresholdOf(thresholds, attribute.id);
        if (attribute.foretellsFailure && threshold && *threshold > 0 && attribute.value <= *threshold)
            disk.healthy = false;
    }
    return {};
}

std::string diskText(std::string_view text)
{
    std::string clean(trimmed(text));
    std::ranges::replace_if(
        clean, [](char c) { return c < ' ' || c > '~'; }, '?');
    return clean;
}

Result<DiskLanguage> parseDiskLanguage(RawBytes bytes)
{
    using Layout = windows::StorageDescriptorLayout;
    constexpr std::uint32_t kBusAta = 3, kBusSata = 11, kBusNvme = 17; // STORAGE_BUS_TYPE
    if (bytes.size() < Layout::kFixedSize)
        return fail(ErrorCode::Malformed, "the description of a disk is too short");
    switch (numberAt<std::uint32_t>(bytes, Layout::kBusType)) {
    case kBusAta:
    case kBusSata:
        return DiskLanguage::Ata;
    case kBusNvme:
        return DiskLanguage::Nvme;
    default:
        return DiskLanguage::Other;
    }
}

Result<RawBytes> parseProtocolData(RawBytes bytes)
{
    // Version and size, then STORAGE_PROTOCOL_SPECIFIC_DATA, whose offset of the data counts from its own beginning.
    constexpr std::size_t kSpecific = 8;
    constexpr std::size_t kDataOffset = kSpecific + 16;
    constexpr std::size_t kDataLength = kSpecific + 20;
    const std::size_t begin = kSpecific + std::size_t{numberAt<std::uint32_t>(bytes, kDataOffset)};
    const auto length = numberAt<std::uint32_t>(bytes, kDataLength);
    if (begin < kSpecific + 40 || length < kHealthBytes || begin > bytes.size() || bytes.size() - begin < kHealthBytes)
        return fail(ErrorCode::Malformed, "the disk's health page is not in the answer");
    return bytes.subspan(begin, kHealthBytes);
}

std::optional<bool> motorRuns(RawBytes sense)
{
    constexpr std::uint8_t kFixed = 0x70;
    constexpr std::uint8_t kDescriptors = 0x72;
    constexpr std::uint8_t kAtaReturn = 0x09;
    std::uint8_t count = 0;
    if (sense.size() >= 22 && (byteAt(sense, 0) & 0x7f) == kDescriptors && byteAt(sense, 8) == kAtaReturn)
        count = byteAt(sense, 8 + 5);
    else if (sense.size() >= 8 && (byteAt(sense, 0) & 0x7f) == kFixed)
        count = byteAt(sense, 6);
    else
        return std::nullopt;
    constexpr std::uint8_t kStandby = 0x00, kStandbyY = 0x01;
    return count != kStandby && count != kStandbyY;
}

} // namespace sextant::platform::parse
