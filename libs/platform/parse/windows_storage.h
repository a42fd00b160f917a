// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/hardware.h"
#include "platform/parse/raw_bytes.h"

namespace sextant::platform::parse {

/// Model and serial number of a STORAGE_DEVICE_DESCRIPTOR (ntddstor.h): the maker's name, where it has one of its own,
/// and the product, without the blanks that fill them up. Malformed when the bytes are fewer than its fixed part.
[[nodiscard]] Result<Disk> parseStorageDescriptor(RawBytes bytes);

} // namespace sextant::platform::parse
