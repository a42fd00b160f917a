// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/smbios.h"

#include "platform/parse/fields.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace sextant::platform::parse {
namespace {

constexpr std::size_t kStructureHeader = 4; // type, length, and a handle of 2 bytes

/// The texts behind a structure: each ends in NUL, the list in an empty one (none: two NULs). They are counted from 1.
std::string textNumber(RawBytes texts, std::uint8_t number)
{
    for (; number > 0; --number) {
        std::string text = textAt(texts, 0, texts.size());
        if (text.empty() || number == 1)
            return text;
        texts = texts.subspan(std::min(texts.size(), text.size() + 1));
    }
    return {};
}

/// The bytes behind the formatted part that its texts take, with the NULs that end them.
std::size_t sizeOfTexts(RawBytes rest)
{
    for (std::size_t i = 0; i + 1 < rest.size(); ++i) {
        if (rest[i] == std::byte{0} && rest[i + 1] == std::byte{0})
            return i + 2;
    }
    return rest.size();
}

/// One structure. Fields past its end, which older tables do not have, are 0 and their texts empty.
struct Structure {
    RawBytes formatted;
    RawBytes texts;

    template <typename T>
    [[nodiscard]] T number(std::size_t offset) const
    {
        return numberAt<T>(formatted, offset);
    }
    [[nodiscard]] std::string text(std::size_t offset) const
    {
        return labelText(textNumber(texts, number<std::uint8_t>(offset)));
    }
    [[nodiscard]] HardwareLabel label() const { return {text(4), text(5), text(6), text(7), {}}; }
};

/// 16 bytes, of which the first three fields are little-endian (since 2.6, 2008). All 0 or all 1: nobody set it.
std::string uuid(const Structure& system)
{
    constexpr std::size_t kOffset = 8;
    static constexpr auto kOrder = std::to_array<std::size_t>({3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15});
    std::array<std::uint8_t, kOrder.size()> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = system.number<std::uint8_t>(kOffset + kOrder[i]);
    if ((bytes[0] == 0 || bytes[0] == 0xff) && std::ranges::count(bytes, bytes[0]) == kOrder.size())
        return {};
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::array<char, 4> digits{};
        std::snprintf(digits.data(), digits.size(), i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x",
            static_cast<unsigned>(bytes[i]));
        text += digits.data();
    }
    return text;
}

template <typename T>
std::optional<std::uint32_t> known(T number)
{
    return number == 0 ? std::nullopt : std::optional<std::uint32_t>(number);
}

/// A count of one byte, and where that is not enough the one of two bytes that stands further behind.
std::optional<std::uint32_t> count(const Structure& structure, std::size_t small, std::size_t large)
{
    const auto number = structure.number<std::uint8_t>(small);
    return number == 0xff ? known(structure.number<std::uint16_t>(large)) : known(number);
}

void addProcessor(const Structure& structure, Hardware& hardware)
{
    constexpr std::uint8_t kPopulated = 1 << 6;
    if ((structure.number<std::uint8_t>(0x18) & kPopulated) == 0)
        return;
    hardware.processors.push_back({structure.text(4), structure.text(7), structure.text(0x10),
        count(structure, 0x23, 0x2a), count(structure, 0x25, 0x2e), known(structure.number<std::uint16_t>(0x14))});
}

std::string memoryTypeName(std::uint8_t number)
{
    static constexpr auto kNames = std::to_array<std::pair<std::uint8_t, const char*>>(
        {{0x03, "DRAM"}, {0x0f, "SDRAM"}, {0x12, "DDR"}, {0x13, "DDR2"}, {0x14, "DDR2 FB-DIMM"}, {0x18, "DDR3"},
            {0x19, "FBD2"}, {0x1a, "DDR4"}, {0x1b, "LPDDR"}, {0x1c, "LPDDR2"}, {0x1d, "LPDDR3"}, {0x1e, "LPDDR4"},
            {0x1f, "non-volatile"}, {0x20, "HBM"}, {0x21, "HBM2"}, {0x22, "DDR5"}, {0x23, "LPDDR5"}, {0x24, "HBM3"}});
    for (const auto& [type, name] : kNames) {
        if (type == number)
            return name;
    }
    return {};
}

std::string formFactorName(std::uint8_t number)
{
    static constexpr auto kNames = std::to_array<std::pair<std::uint8_t, const char*>>(
        {{0x03, "SIMM"}, {0x05, "chip"}, {0x09, "DIMM"}, {0x0b, "row of chips"}, {0x0c, "RIMM"}, {0x0d, "SODIMM"},
            {0x0f, "FB-DIMM"}, {0x10, "die"}, {0x11, "CAMM"}});
    for (const auto& [form, name] : kNames) {
        if (form == number)
            return name;
    }
    return {};
}

std::optional<std::uint64_t> memoryBytes(const Structure& structure)
{
    constexpr std::uint16_t kUnknown = 0xffff;
    constexpr std::uint16_t kSeeBehind = 0x7fff;
    constexpr std::uint16_t kInKilobytes = 0x8000;
    constexpr std::uint64_t kKiB = 1024;
    const auto size = structure.number<std::uint16_t>(0x0c);
    if (size == kUnknown)
        return std::nullopt;
    if (size == kSeeBehind)
        return (structure.number<std::uint32_t>(0x1c) & 0x7fffffffU) * kKiB * kKiB;
    return (size & kInKilobytes) != 0 ? (size & kSeeBehind) * kKiB : size * kKiB * kKiB;
}

/// In megatransfers per second; what does not fit into two bytes stands further behind (since 3.3).
std::optional<std::uint32_t> speed(const Structure& structure, std::size_t small, std::size_t large)
{
    const auto number = structure.number<std::uint16_t>(small);
    return number == 0xffff ? known(structure.number<std::uint32_t>(large) & 0x7fffffffU) : known(number);
}

void addMemory(const Structure& structure, Hardware& hardware)
{
    MemoryDevice device;
    device.locator = structure.text(0x10);
    device.bank = structure.text(0x11);
    device.bytes = memoryBytes(structure);
    if (!device.bytes || *device.bytes > 0) { // an empty place has no kind, and a maker called "NO DIMM"
        device.type = memoryTypeName(structure.number<std::uint8_t>(0x12));
        device.formFactor = formFactorName(structure.number<std::uint8_t>(0x0e));
        device.megatransfers = speed(structure, 0x15, 0x54);
        device.megatransfersInUse = speed(structure, 0x20, 0x58);
        device.manufacturer = structure.text(0x17);
        device.serial = structure.text(0x18);
        device.partNumber = structure.text(0x1a);
    }
    hardware.memory.push_back(std::move(device));
}

/// Which of the kinds that may be there only once were met already.
using Met = std::array<bool, 4>;

void keep(const Structure& structure, Met& met, Hardware& hardware)
{
    const auto type = structure.number<std::uint8_t>(0);
    if (type < met.size() && std::exchange(met[type], true))
        return;
    switch (type) {
    case 0:
        hardware.firmware = {structure.text(4), structure.text(5), structure.text(8)};
        break;
    case 1:
        hardware.system = structure.label();
        hardware.uuid = uuid(structure);
        hardware.sku = structure.text(0x19);
        hardware.family = structure.text(0x1a);
        break;
    case 2:
        hardware.board = structure.label();
        hardware.board.assetTag = structure.text(8);
        break;
    case 3: // its type stands where the others have their product
        hardware.chassis = {structure.text(4), {}, structure.text(6), structure.text(7), structure.text(8)};
        hardware.chassisType = chassisTypeName(structure.number<std::uint8_t>(5) & 0x7fU);
        break;
    case 4:
        addProcessor(structure, hardware);
        break;
    case 17:
        addMemory(structure, hardware);
        break;
    default:
        break;
    }
}

} // namespace

Hardware parseSmbiosStructures(RawBytes structures)
{
    Hardware hardware;
    Met met{};
    RawBytes table = structures.first(std::min(structures.size(), kSmbiosLimit));
    while (table.size() >= kStructureHeader) {
        const std::size_t formatted = numberAt<std::uint8_t>(table, 1);
        if (formatted < kStructureHeader || formatted > table.size())
            break;
        const std::size_t texts = sizeOfTexts(table.subspan(formatted));
        keep({table.first(formatted), table.subspan(formatted, texts)}, met, hardware);
        table = table.subspan(formatted + texts);
    }
    return hardware;
}

Hardware parseRawSmbios(RawBytes bytes)
{
    constexpr std::size_t kHeader = 8;
    constexpr std::size_t kLength = 4;
    if (bytes.size() < kHeader)
        return {};
    const std::size_t length = numberAt<std::uint32_t>(bytes, kLength);
    return parseSmbiosStructures(bytes.subspan(kHeader, std::min(length, bytes.size() - kHeader)));
}

std::string labelText(std::string_view text)
{
    static constexpr auto kForgotten =
        std::to_array<std::string_view>({"to be filled by o.e.m.", "to be filled by o.e.m", "not specified",
            "not applicable", "not available", "not provided", "default string", "system manufacturer",
            "system product name", "system version", "system serial number", "chassis manufacturer", "chassis version",
            "chassis serial number", "asset-1234567890", "sku", "o.e.m.", "oem", "none", "n/a", "na", "unknown",
            "undefined", "empty", "no asset tag", "no asset information", "0", "00000000", "0123456789", "1234567890"});
    const std::string_view plain = trimmed(text);
    std::string lower(plain);
    for (char& c : lower)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return std::ranges::find(kForgotten, lower) == kForgotten.end() ? std::string(plain) : std::string();
}

std::string chassisTypeName(std::uint64_t number)
{
    static constexpr auto kNames = std::to_array<const char*>(
        {"", "", "", "desktop", "low-profile desktop", "pizza box", "mini tower", "tower", "portable", "laptop",
            "notebook", "handheld", "docking station", "all in one", "sub-notebook", "space-saving", "lunch box",
            "main server", "expansion", "sub-chassis", "bus expansion", "peripheral", "RAID", "rack mount",
            "sealed-case PC", "multi-system", "CompactPCI", "AdvancedTCA", "blade", "blade enclosure", "tablet",
            "convertible", "detachable", "IoT gateway", "embedded PC", "mini PC", "stick PC"});
    return number < kNames.size() ? kNames[static_cast<std::size_t>(number)] : "";
}

FirmwareFacts firmwareFactsOf(const Hardware& hardware)
{
    return {
        hardware.firmware.vendor, hardware.system.manufacturer, hardware.system.product, hardware.board.manufacturer};
}

std::optional<std::string> virtualisationOf(const FirmwareFacts& facts)
{
    struct Sign {
        std::string_view text;
        const char* name;
    };
    static constexpr auto kSigns = std::to_array<Sign>({{"KVM", "kvm"}, {"Amazon EC2", "amazon"}, {"VMware", "vmware"},
        {"VirtualBox", "oracle"}, {"innotek", "oracle"}, {"Xen", "xen"}, {"Google", "google"},
        {"Parallels", "parallels"}, {"BHYVE", "bhyve"}, {"Firecracker", "firecracker"}, {"QEMU", "qemu"}});
    const std::string firmware =
        facts.product + '\n' + facts.systemVendor + '\n' + facts.boardVendor + '\n' + facts.biosVendor;
    for (const Sign& sign : kSigns) {
        if (firmware.find(sign.text) != std::string::npos)
            return sign.name;
    }
    // Microsoft's own laptops are made by the same firm.
    if (facts.systemVendor == "Microsoft Corporation" && facts.product == "Virtual Machine")
        return "microsoft";
    return std::nullopt;
}

} // namespace sextant::platform::parse
