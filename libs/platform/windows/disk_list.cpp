// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/windows/disk_list.h"

#include "platform/parse/utf16.h"
#include "platform/parse/windows_volumes.h"
#include "platform/windows/wide.h"
#include "platform/windows/windows_api.h"
#include "platform/windows/windows_error.h"

namespace sextant::platform {

Result<std::set<unsigned>> listDisks()
{
    constexpr std::size_t kFirst = 1 << 16; // units
    constexpr std::size_t kLimit = 1 << 24;
    for (std::size_t room = kFirst; room <= kLimit; room *= 4) {
        std::wstring names(room, L'\0');
        const DWORD units = ::QueryDosDeviceW(nullptr, names.data(), static_cast<DWORD>(room));
        if (units == 0 && ::GetLastError() == ERROR_INSUFFICIENT_BUFFER)
            continue;
        if (units == 0)
            return tl::unexpected(lastError("the list of disks"));
        std::set<unsigned> disks;
        for (const std::string& name : parse::splitTexts(asUnits(std::wstring_view(names).substr(0, units)))) {
            if (const auto number = parse::physicalDriveNumber(name))
                disks.insert(*number);
        }
        return disks;
    }
    return fail(ErrorCode::TooLarge, "the list of devices is too long");
}

} // namespace sextant::platform
