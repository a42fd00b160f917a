// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "process/windows/wide_text.h"

// Each needs what stands above it.
// clang-format off
#include <windows.h>
#include <aclapi.h>
#include <sddl.h>
// clang-format on

#include <string>

namespace sextant::process {

/// The access list of a file or folder as text, "D:P(A;;FA;;;SY)"; empty when it cannot be read.
inline std::string accessListOf(const std::string& path)
{
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    wchar_t* text = nullptr;
    const bool read = GetNamedSecurityInfoW(wide(path).data(), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, nullptr,
                          nullptr, nullptr, nullptr, &descriptor) == ERROR_SUCCESS &&
                      ConvertSecurityDescriptorToStringSecurityDescriptorW(
                          descriptor, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &text, nullptr);
    const std::string list = read ? narrow(text) : std::string();
    LocalFree(text);
    LocalFree(descriptor);
    return list;
}

/// Wine keeps the mode of a file and makes an access list of it whenever it is asked.
inline bool accessListsAreKept()
{
    return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version") == nullptr;
}

} // namespace sextant::process
