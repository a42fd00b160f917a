// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/windows/wide_text.h"

#include <windows.h>

#include <array>

namespace sextant::process {

std::wstring wide(std::string_view text)
{
    const int size = static_cast<int>(text.size());
    std::wstring result(
        static_cast<std::size_t>(MultiByteToWideChar(CP_UTF8, 0, text.data(), size, nullptr, 0)), L'\0');
    MultiByteToWideChar(CP_UTF8, 0, text.data(), size, result.data(), static_cast<int>(result.size()));
    return result;
}

std::string narrow(std::wstring_view text)
{
    const int size = static_cast<int>(text.size());
    const int needed = WideCharToMultiByte(CP_UTF8, 0, text.data(), size, nullptr, 0, nullptr, nullptr);
    std::string result(static_cast<std::size_t>(needed), '\0');
    WideCharToMultiByte(CP_UTF8, 0, text.data(), size, result.data(), needed, nullptr, nullptr);
    return result;
}

std::string systemMessage(unsigned long error)
{
    std::array<wchar_t, 512> text{};
    const DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr, error, 0,
        text.data(), static_cast<DWORD>(text.size()), nullptr);
    std::wstring_view sentence(text.data(), length);
    sentence = sentence.substr(0, sentence.find_last_not_of(L"\r\n. ") + 1);
    return sentence.empty() ? "error " + std::to_string(error) : narrow(sentence);
}

} // namespace sextant::process
