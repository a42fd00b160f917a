// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/machine_secret.h"

#include "process/windows/wide_text.h"

// Each needs what stands above it.
// clang-format off
#include <windows.h>
#include <wincrypt.h>
#include <dpapi.h>
// clang-format on

namespace sextant::process {
namespace {

/// What a protected secret begins with; the rest is Base64.
constexpr std::string_view kMark = "windows-dpapi:";
constexpr DWORD kForMachine = CRYPTPROTECT_LOCAL_MACHINE | CRYPTPROTECT_UI_FORBIDDEN;

DATA_BLOB blobOf(std::string_view bytes)
{
    return {static_cast<DWORD>(bytes.size()), reinterpret_cast<BYTE*>(const_cast<char*>(bytes.data()))};
}

/// The bytes of what the system allocated, which is wiped.
std::string taken(const DATA_BLOB& blob)
{
    std::string bytes(reinterpret_cast<const char*>(blob.pbData), blob.cbData);
    SecureZeroMemory(blob.pbData, blob.cbData);
    LocalFree(blob.pbData);
    return bytes;
}

std::string toBase64(std::string_view bytes)
{
    const auto* data = reinterpret_cast<const BYTE*>(bytes.data());
    const auto size = static_cast<DWORD>(bytes.size());
    constexpr DWORD kForm = CRYPT_STRING_BASE64 | CRYPT_STRING_NOCRLF;
    DWORD length = 0; // with the zero at the end, then without
    CryptBinaryToStringA(data, size, kForm, nullptr, &length);
    std::string text(length, '\0');
    CryptBinaryToStringA(data, size, kForm, text.data(), &length);
    text.resize(length);
    return text;
}

/// Empty when the text is none.
std::string fromBase64(std::string_view text)
{
    const auto size = static_cast<DWORD>(text.size());
    DWORD length = 0;
    CryptStringToBinaryA(text.data(), size, CRYPT_STRING_BASE64, nullptr, &length, nullptr, nullptr);
    std::string bytes(length, '\0');
    if (!CryptStringToBinaryA(
            text.data(), size, CRYPT_STRING_BASE64, reinterpret_cast<BYTE*>(bytes.data()), &length, nullptr, nullptr))
        return {};
    return bytes;
}

} // namespace

Result<std::string> protectForMachine(std::string_view secret)
{
    DATA_BLOB in = blobOf(secret);
    DATA_BLOB out{};
    if (!CryptProtectData(&in, L"Sextant", nullptr, nullptr, nullptr, kForMachine, &out))
        return fail(ErrorCode::Io, "Windows does not encrypt (DPAPI): " + systemMessage(GetLastError()));
    return std::string(kMark) + toBase64(taken(out));
}

Result<std::string> unprotect(std::string_view kept)
{
    if (isUnprotected(kept))
        return std::string(kept);
    const std::string bytes = fromBase64(kept.substr(kMark.size()));
    DATA_BLOB in = blobOf(bytes);
    DATA_BLOB out{};
    if (!CryptUnprotectData(&in, nullptr, nullptr, nullptr, nullptr, CRYPTPROTECT_UI_FORBIDDEN, &out))
        return fail(ErrorCode::Denied,
            "was encrypted on another machine, or is damaged (DPAPI: " + systemMessage(GetLastError()) + ")");
    return taken(out);
}

bool isUnprotected(std::string_view kept)
{
    return !kept.starts_with(kMark);
}

} // namespace sextant::process
