// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/windows/wide.h"

#include "platform/parse/utf16.h"
#include "platform/windows/windows_api.h"

namespace sextant::platform {

static_assert(sizeof(wchar_t) == sizeof(char16_t));

std::u16string_view asUnits(std::wstring_view text)
{
    return {reinterpret_cast<const char16_t*>(text.data()), text.size()};
}

std::string toUtf8(std::wstring_view text)
{
    return parse::toUtf8(asUnits(text));
}

std::wstring toWide(std::string_view text)
{
    const int size = static_cast<int>(text.size());
    std::wstring wide(text.size(), L'\0'); // never more units than bytes
    const int units = ::MultiByteToWideChar(CP_UTF8, 0, text.data(), size, wide.data(), size);
    wide.resize(static_cast<std::size_t>(units));
    return wide;
}

} // namespace sextant::platform
