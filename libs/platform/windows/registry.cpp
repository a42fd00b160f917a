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

bool registryHasKey(const wchar_t* key)
{
    return RegistryKey::open(RegistryRoot::Machine, key, RegistryView::Bits64).has_value();
}

void RegistryKey::Close::operator()(void* key) const
{
    ::RegCloseKey(static_cast<HKEY>(key));
}

Result<RegistryKey> RegistryKey::open(void* parent, const std::wstring& path, RegistryView view)
{
    const REGSAM ofView = view == RegistryView::Bits64 ? KEY_WOW64_64KEY : KEY_WOW64_32KEY;
    HKEY key = nullptr;
    const LSTATUS status = ::RegOpenKeyExW(static_cast<HKEY>(parent), path.c_str(), 0, KEY_READ | ofView, &key);
    if (status != ERROR_SUCCESS)
        return tl::unexpected(windowsError(static_cast<std::uint32_t>(status), "the registry's " + toUtf8(path)));
    return RegistryKey(key, view);
}

Result<RegistryKey> RegistryKey::open(RegistryRoot root, const std::wstring& path, RegistryView view)
{
    return open(root == RegistryRoot::Machine ? HKEY_LOCAL_MACHINE : HKEY_USERS, path, view);
}

Result<RegistryKey> RegistryKey::child(const std::wstring& name) const
{
    return open(m_key.get(), name, m_view);
}

std::vector<std::wstring> RegistryKey::children() const
{
    std::vector<std::wstring> names;
    std::array<wchar_t, 256> name{}; // a key's name has at most 255 units
    while (names.size() < kKeyLimit) {
        auto size = static_cast<DWORD>(name.size());
        if (::RegEnumKeyExW(static_cast<HKEY>(m_key.get()), static_cast<DWORD>(names.size()), name.data(), &size,
                nullptr, nullptr, nullptr, nullptr) != ERROR_SUCCESS)
            break;
        names.emplace_back(name.data(), size);
    }
    return names;
}

std::optional<std::string> RegistryKey::text(const wchar_t* value) const
{
    std::array<wchar_t, 1024> text{};
    DWORD size = sizeof(text);
    if (::RegGetValueW(static_cast<HKEY>(m_key.get()), nullptr, value,
            RRF_RT_REG_SZ | RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND, nullptr, text.data(), &size) != ERROR_SUCCESS)
        return std::nullopt;
    return toUtf8(text.data());
}

std::optional<std::uint32_t> RegistryKey::number(const wchar_t* value) const
{
    std::uint32_t number = 0;
    DWORD size = sizeof(number);
    if (::RegGetValueW(static_cast<HKEY>(m_key.get()), nullptr, value, RRF_RT_REG_DWORD, nullptr, &number, &size) !=
        ERROR_SUCCESS)
        return std::nullopt;
    return number;
}

} // namespace sextant::platform
