// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/parse/raw_bytes.h"

#include <optional>
#include <string>

namespace sextant::platform::parse {

/// What the firmware says of the machine: its SMBIOS table, structures 0 (BIOS), 1 (system) and 2 (board). Texts that
/// are missing are empty.
struct FirmwareFacts {
    std::string biosVendor;
    std::string systemVendor;
    std::string product;
    std::string boardVendor;
};

/// RawSMBIOSData, as GetSystemFirmwareTable('RSMB') gives it: 8 bytes of header, of which the last 4 are the length,
/// and the structures. Reads up to where the table does not follow its format any more: firmware is often wrong at the
/// end.
[[nodiscard]] FirmwareFacts parseSmbios(RawBytes bytes);

/// What such a machine is, in the words of HostFacts::virtualisation: nothing for hardware.
[[nodiscard]] std::optional<std::string> virtualisationOf(const FirmwareFacts& facts);

} // namespace sextant::platform::parse
