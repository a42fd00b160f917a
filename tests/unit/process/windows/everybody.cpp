// SPDX-License-Identifier: GPL-3.0-or-later
#include "unit/process/everybody.h"

#include "process/windows/wide_text.h"

#include <aclapi.h>
#include <sddl.h>
#include <windows.h>

bool letEverybodyRead(const std::string& path)
{
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    BOOL present = FALSE;
    BOOL defaulted = FALSE;
    PACL list = nullptr;
    const bool done = ConvertStringSecurityDescriptorToSecurityDescriptorW(
                          L"D:P(A;;FA;;;WD)", SDDL_REVISION_1, &descriptor, nullptr) &&
                      GetSecurityDescriptorDacl(descriptor, &present, &list, &defaulted) &&
                      SetNamedSecurityInfoW(sextant::process::wide(path).data(), SE_FILE_OBJECT,
                          DACL_SECURITY_INFORMATION, nullptr, nullptr, list, nullptr) == ERROR_SUCCESS;
    LocalFree(descriptor);
    return done;
}
