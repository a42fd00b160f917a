// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/windows/service_account.h"

#include "process/windows/owned.h"
#include "process/windows/wide_text.h"

// Each needs what stands above it.
// clang-format off
#include <windows.h>
#include <aclapi.h>
#include <sddl.h>
#include <wincrypt.h>
// clang-format on

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

namespace sextant::process {
namespace {

struct FindCloseOf {
    void operator()(void* handle) const { ::FindClose(handle); }
};
using Search = std::unique_ptr<void, FindCloseOf>;

tl::unexpected<Error> systemError(std::wstring_view path, DWORD error = ::GetLastError())
{
    ErrorCode code = ErrorCode::Io;
    if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND)
        code = ErrorCode::NotFound;
    else if (error == ERROR_ACCESS_DENIED)
        code = ErrorCode::Denied;
    return fail(code, narrow(path) + ": " + systemMessage(error));
}

Result<std::wstring> accessListOf(HANDLE file, std::wstring_view path)
{
    PSECURITY_DESCRIPTOR raw = nullptr;
    const DWORD error =
        ::GetSecurityInfo(file, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, nullptr, nullptr, nullptr, nullptr, &raw);
    if (error != ERROR_SUCCESS)
        return systemError(path, error);
    const Local<void> descriptor(raw);
    wchar_t* text = nullptr;
    if (!::ConvertSecurityDescriptorToStringSecurityDescriptorW(
            raw, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &text, nullptr))
        return systemError(path);
    return std::wstring(Local<wchar_t>(text).get());
}

/// What is set is what is in the file then, and in no other: SetSecurityInfo would hand it down, through links, too.
Result<void> setAccessList(HANDLE file, const std::string& list, std::wstring_view path)
{
    PSECURITY_DESCRIPTOR raw = nullptr;
    if (!::ConvertStringSecurityDescriptorToSecurityDescriptorW(wide(list).c_str(), SDDL_REVISION_1, &raw, nullptr))
        return systemError(path);
    const Local<void> descriptor(raw);
    return ::SetKernelObjectSecurity(file, DACL_SECURITY_INFORMATION, raw) ? Result<void>() : systemError(path);
}

/// An entry of an access list for one SID: what it may do with a folder, and what with a file.
struct Grant {
    std::string folder;
    std::string file;
};

/// Something that stands for another place: a symbolic link, a mount point. What storage does with a file (compression,
/// deduplication) is none.
bool isLink(DWORD attributes, DWORD tag)
{
    return (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 && IsReparseTagNameSurrogate(tag);
}

Result<void> give(const std::wstring& path, const Grant& grant)
{
    constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    const HANDLE opened = ::CreateFileW(path.c_str(), READ_CONTROL | WRITE_DAC | FILE_READ_ATTRIBUTES, kShareAll,
        nullptr, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, nullptr);
    if (opened == INVALID_HANDLE_VALUE)
        return systemError(path);
    const Handle file(opened);
    BY_HANDLE_FILE_INFORMATION facts{};
    if (!::GetFileInformationByHandle(opened, &facts))
        return systemError(path);
    FILE_ATTRIBUTE_TAG_INFO tag{};
    if ((facts.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 &&
        !::GetFileInformationByHandleEx(opened, FileAttributeTagInfo, &tag, sizeof(tag)))
        return systemError(path);
    const bool isFolder = (facts.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    if (isLink(facts.dwFileAttributes, tag.ReparseTag) || (!isFolder && facts.nNumberOfLinks > 1))
        return fail(ErrorCode::Conflict, narrow(path) + ": is a link; whose rights it would give is not known");
    const auto list = accessListOf(opened, path);
    if (!list)
        return tl::unexpected(list.error());
    const std::string before = narrow(*list);
    const std::string after = accessListWith(before, isFolder ? grant.folder : grant.file);
    return after == before ? Result<void>() : setAccessList(opened, after, path);
}

/// From the bottom up: a folder that has its entry is done with all that is in it.
Result<void> giveTree(const std::wstring& folder, const Grant& grant)
{
    Result<void> all;
    const auto note = [&all](Result<void> done) {
        if (all && !done)
            all = std::move(done);
    };
    WIN32_FIND_DATAW entry{};
    const HANDLE found = ::FindFirstFileW((folder + L"\\*").c_str(), &entry);
    if (found == INVALID_HANDLE_VALUE)
        return systemError(folder);
    const Search search(found);
    do {
        const std::wstring name = entry.cFileName;
        if (name == L"." || name == L".." || isLink(entry.dwFileAttributes, entry.dwReserved0))
            continue;
        const std::wstring path = folder + L'\\' + name;
        note((entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? giveTree(path, grant) : give(path, grant));
    } while (::FindNextFileW(found, &entry));
    if (const DWORD error = ::GetLastError(); error != ERROR_NO_MORE_FILES)
        note(systemError(folder, error));
    note(give(folder, grant));
    return all;
}

/// True once giveTree() was here.
bool isGiven(const std::wstring& folder, const Grant& grant)
{
    const HANDLE opened =
        ::CreateFileW(folder.c_str(), READ_CONTROL, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
            OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr);
    if (opened == INVALID_HANDLE_VALUE)
        return false;
    const Handle file(opened);
    const auto list = accessListOf(opened, folder);
    return list && narrow(*list).find(grant.folder) != std::string::npos;
}

/// With the separators that every call takes: "\\*" behind a path with slashes is no pattern.
std::wstring native(const std::string& path)
{
    std::wstring text = wide(path);
    std::ranges::replace(text, L'/', L'\\');
    while (text.size() > 3 && text.back() == L'\\')
        text.pop_back();
    return text;
}

} // namespace

std::string serviceAccount(std::string_view service)
{
    return "NT SERVICE\\" + std::string(service);
}

std::string serviceSid(std::string_view service)
{
    std::wstring name = wide(service);
    ::CharUpperBuffW(name.data(), static_cast<DWORD>(name.size()));
    std::array<std::uint32_t, 5> parts{}; // little-endian, as is every Windows
    DWORD size = sizeof(parts);
    if (!::CryptHashCertificate(0, CALG_SHA1, 0, reinterpret_cast<const BYTE*>(name.data()),
            static_cast<DWORD>(name.size() * sizeof(wchar_t)), reinterpret_cast<BYTE*>(parts.data()), &size))
        return {};
    std::string sid = "S-1-5-80";
    for (const std::uint32_t part : parts)
        sid += '-' + std::to_string(part);
    return sid;
}

std::string accessListWith(std::string_view list, std::string_view entry)
{
    if (list.find(entry) != std::string_view::npos || list.find('(') == std::string_view::npos)
        return std::string(list);
    // Entries look like "(D;OICI;FA;;;WD)"; conditions, which have brackets of their own, stand in their last field.
    std::size_t at = list.find('(');
    int depth = 0;
    bool isQuoted = false;
    for (std::size_t i = at; i < list.size(); ++i) {
        isQuoted ^= list[i] == '"';
        if (isQuoted)
            continue;
        if (list[i] == ')' && --depth == 0)
            at = i + 1; // behind all that is denied, if nothing else comes
        if (list[i] != '(' || depth++ != 0)
            continue;
        const std::string_view rest = list.substr(i + 1);
        const std::size_t flags = rest.find(';') + 1;
        const bool isDenied = rest.starts_with("D;") || rest.starts_with("XD;") || rest.starts_with("OD;");
        if (!isDenied || rest.substr(flags, rest.find(';', flags) - flags).find("ID") != std::string_view::npos) {
            at = i;
            break;
        }
    }
    // Windows keeps the mark of a list that inherits (AI) only where it is asked to (AR).
    std::string with(list.substr(0, at));
    const std::string_view flags = list.substr(0, list.find('('));
    if (const std::size_t inherits = flags.find("AI");
        inherits != std::string_view::npos && flags.find("AR") == std::string_view::npos)
        with.insert(inherits, "AR");
    return with.append(entry).append(list.substr(at));
}

Result<void> letServiceRead(const std::string& path, std::string_view service)
{
    const std::string sid = serviceSid(service);
    // 0x1200a9: read and enter. What a folder hands down goes to the files in it and no further (OI, NP).
    return give(native(path), {"(A;OINP;0x1200a9;;;" + sid + ')', "(A;;FR;;;" + sid + ')'});
}

Result<void> letServiceOwn(const std::string& folder, std::string_view service)
{
    const std::string sid = serviceSid(service);
    const Grant grant{"(A;OICI;FA;;;" + sid + ')', "(A;;FA;;;" + sid + ')'};
    const std::wstring path = native(folder);
    return isGiven(path, grant) ? Result<void>() : giveTree(path, grant);
}

} // namespace sextant::process
