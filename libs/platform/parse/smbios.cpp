// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/smbios.h"

#include <array>
#include <cstdint>
#include <string_view>

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

void keep(RawBytes structure, RawBytes texts, FirmwareFacts& facts)
{
    const auto text = [&](std::size_t offset) {
        return textNumber(texts, numberAt<std::uint8_t>(structure, offset)); // past the structure: number 0, no text
    };
    switch (numberAt<std::uint8_t>(structure, 0)) {
    case 0:
        facts.biosVendor = text(4);
        break;
    case 1:
        facts.systemVendor = text(4);
        facts.product = text(5);
        break;
    case 2:
        facts.boardVendor = text(4);
        break;
    default:
        break;
    }
}

} // namespace

FirmwareFacts parseSmbios(RawBytes bytes)
{
    constexpr std::size_t kHeader = 8;
    constexpr std::size_t kLength = 4;
    FirmwareFacts facts;
    if (bytes.size() < kHeader)
        return facts;
    const std::size_t length = numberAt<std::uint32_t>(bytes, kLength);
    RawBytes table = bytes.subspan(kHeader, std::min(length, bytes.size() - kHeader));
    while (table.size() >= kStructureHeader) {
        const std::size_t formatted = numberAt<std::uint8_t>(table, 1);
        if (formatted < kStructureHeader || formatted > table.size())
            return facts;
        const std::size_t texts = sizeOfTexts(table.subspan(formatted));
        keep(table.first(formatted), table.subspan(formatted, texts), facts);
        table = table.subspan(formatted + texts);
    }
    return facts;
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
