// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/disk_health.h"
#include "platform/parse/raw_bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace sextant::platform::parse {

/// Both are sectors of this size.
inline constexpr std::size_t kHealthBytes = 512;

/// The health of a disk by its log page 02h (NVM Express Base Specification 1.4, 5.14.1.2). Malformed when it is too
/// short, or all zero, which some bridges give. Numbers of 128 bits that do not fit into 64 are absent. Adds to `disk`.
[[nodiscard]] Result<void> parseNvmeHealth(RawBytes page, DiskHealth& disk);

/// The health of a disk by the sectors of SMART READ DATA and SMART READ THRESHOLDS (ATA/ATAPI-6 to -8, and the table
/// of attributes that all makers keep to: 30 entries of 12 bytes from offset 2). Of vendors' attributes only those that
/// mean the same with all. `thresholds` may be empty: then `healthy` stays as it is. `spins`: it is no SSD, which alone
/// has wear. Malformed when too short or when the sum of a sector's bytes is not 0.
[[nodiscard]] Result<void> parseAtaHealth(RawBytes data, RawBytes thresholds, bool spins, DiskHealth& disk);

/// Model and serial number as disks give them: padded with blanks, and what is no ASCII is '?'.
[[nodiscard]] std::string diskText(std::string_view text);

/// How a disk is spoken to, by the bus of its STORAGE_DEVICE_DESCRIPTOR (ntddstor.h; parse/windows_storage.h reads the
/// rest of it). Malformed when it is too short.
enum class DiskLanguage { Other, Ata, Nvme };
[[nodiscard]] Result<DiskLanguage> parseDiskLanguage(RawBytes bytes);

/// The log page in Windows' STORAGE_PROTOCOL_DATA_DESCRIPTOR. Malformed when it is not wholly there.
[[nodiscard]] Result<RawBytes> parseProtocolData(RawBytes bytes);

/// Whether an ATA disk's motor runs, by the sense data that the command CHECK POWER MODE leaves on Linux (SAT-3: an ATA
/// return descriptor, 09h, or fixed format): nothing when it cannot be told.
[[nodiscard]] std::optional<bool> motorRuns(RawBytes sense);

} // namespace sextant::platform::parse
