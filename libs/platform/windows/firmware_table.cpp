// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/windows/firmware_table.h"

#include "platform/parse/smbios.h"
#include "platform/windows/windows_api.h"

#include <algorithm>

namespace sextant::platform {

Result<std::vector<std::byte>> readSmbiosTable()
{
    constexpr DWORD kSmbios = 'R' << 24 | 'S' << 16 | 'M' << 8 | 'B';
    const UINT size = ::GetSystemFirmwareTable(kSmbios, 0, nullptr, 0);
    if (size == 0 || size > parse::kSmbiosLimit)
        return fail(ErrorCode::NotAvailable, "the firmware has no SMBIOS table, or one of more than 1 MiB");
    std::vector<std::byte> table(size);
    table.resize(std::min(size, ::GetSystemFirmwareTable(kSmbios, 0, table.data(), size)));
    return table;
}

} // namespace sextant::platform
