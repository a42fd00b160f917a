// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/hardware.h"
#include "platform/parse/raw_bytes.h"

#include <optional>
#include <string>
#include <string_view>

namespace sextant::platform::parse {

constexpr std::size_t kSmbiosLimit = std::size_t{1} << 20; ///< bytes of a table that are read; real ones have a few KiB

/// What the firmware says of the machine in its SMBIOS structures (DMTF DSP0134, 3.7): 0 firmware, 1 system, 2 board,
/// 3 chassis, 4 processors, 17 memory devices; of a kind that may be there only once the first one counts. Reads up to
/// where the table does not follow its format any more: firmware is often wrong at the end. Disks and network cards are
/// not in it.
[[nodiscard]] Hardware parseSmbiosStructures(RawBytes structures);

/// The same of RawSMBIOSData, as GetSystemFirmwareTable('RSMB') gives it: 8 bytes of header, of which the last 4 are
/// the length, and the structures.
[[nodiscard]] Hardware parseRawSmbios(RawBytes bytes);

/// The text, or nothing where it is one of those that makers forget to replace.
[[nodiscard]] std::string labelText(std::string_view text);

/// The word for a type of chassis by its number in the table, without the bit for its lock; empty for unknown ones.
[[nodiscard]] std::string chassisTypeName(std::uint64_t number);

/// What tells a virtual machine. Texts that are missing are empty.
struct FirmwareFacts {
    std::string biosVendor;
    std::string systemVendor;
    std::string product;
    std::string boardVendor;
};
[[nodiscard]] FirmwareFacts firmwareFactsOf(const Hardware& hardware);

/// What such a machine is, in the words of HostFacts::virtualisation: nothing for hardware.
[[nodiscard]] std::optional<std::string> virtualisationOf(const FirmwareFacts& facts);

} // namespace sextant::platform::parse
