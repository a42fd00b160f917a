// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/windows/registry.h"

#include "platform/windows/wide.h"
#include "platform/windows/windows_api.h"
#include "platform/windows/windows_error.h"

#include <array>

namespace sextant::platform {

Result<std::string> registryText(const wchar_t* key, const wchar_t* value)
{
    std::array<wchar_t, 1024> text{};
    DWORD size = sizeof(text);
    const LSTATUS status = ::RegGetValueW(
        HKEY_LOCAL_MACHINE, key, value, RRF_RT_REG_SZ | RRF_SUBKEY_WOW6464KEY, nullptr, text.data(), &size);
    if (status != ERROR_SUCCESS)
        return tl::unexpected(windowsError(static_cast<std::uint32_t>(status), "the registry's " + toUtf8(value)));
    return toUtf8(text.data());
}

Result<std::uint32_t> registryNumber(const wchar_t* key, const wchar_t* value)
{
    std::uint32_t number = 0;
    DWORD size = sizeof(number);
    const LSTATUS status = ::RegGetValueW(
        HKEY_LOCAL_MACHINE, key, value, RRF_RT_REG_DWORD | RRF_SUBKEY_WOW6464KEY, nullptr, &number, &size);
    if (status != ERROR_SUCCESS)
        return tl::unexpected(windowsError(static_cast<std::uint32_t>(status), "the registry's " + toUtf8(value)));
    return number;
}

bool registryHasValue(const wchar_t* key, const wchar_t* value)
{
    return ::RegGetValueW(HKEY_LOCAL_MACHINE, key, value, RRF_RT_ANY | RRF_SUBKEY_WOW6464KEY, nullptr, nullptr,
               nullptr) == ERROR_SUCCESS;
}

} // namespace sextant::platform
