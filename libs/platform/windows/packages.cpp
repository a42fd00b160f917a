// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/packages.h"

#include "platform/parse/windows_programs.h"
#include "platform/windows/registry.h"
#include "platform/windows/wide.h"

#include <utility>

namespace sextant::platform {
namespace {

constexpr const wchar_t* kUninstall = L"\\Microsoft\\Windows\\CurrentVersion\\Uninstall";

parse::UninstallEntry entryOf(const RegistryKey& key)
{
    return {key.text(L"DisplayName").value_or(""), key.text(L"DisplayVersion").value_or(""),
        key.text(L"Publisher").value_or(""), key.text(L"InstallDate").value_or(""),
        key.text(L"ParentKeyName").value_or(""), key.text(L"ReleaseType").value_or(""),
        key.number(L"SystemComponent").value_or(0), key.number(L"EstimatedSize")};
}

void addPrograms(const RegistryKey& uninstall, const std::string& architecture, const std::string& account,
    std::vector<Package>& packages)
{
    for (const std::wstring& name : uninstall.children()) {
        const auto key = uninstall.child(name);
        auto program = key ? parse::programOf(entryOf(*key)) : std::nullopt;
        if (!program)
            continue;
        program->architecture = architecture;
        program->account = account;
        packages.push_back(std::move(*program));
    }
}

/// The name of the account's profile folder: unlike the account's own name it never has to be asked of a domain.
std::string accountOf(const std::wstring& sid)
{
    const std::wstring path = L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\" + sid;
    const std::string folder = registryText(path.c_str(), L"ProfileImagePath").value_or("");
    const std::string name = folder.substr(folder.find_last_of('\\') + 1);
    return name.empty() ? toUtf8(sid) : name;
}

/// Accounts that are logged in, or that services run as, have their part of the registry loaded; of others it cannot
/// be seen without loading it, which would keep them from deleting it.
void addProgramsOfAccounts(std::vector<Package>& packages)
{
    const auto users = RegistryKey::open(RegistryRoot::Users, L"", RegistryView::Bits64);
    if (!users)
        return;
    for (const std::wstring& sid : users->children()) {
        if (!sid.starts_with(L"S-1-5-21-") || sid.ends_with(L"_Classes"))
            continue; // of the system, or the second part of an account's
        for (const auto& [software, architecture] :
            {std::pair(L"\\Software", ""), std::pair(L"\\Software\\WOW6432Node", "x86")}) {
            if (const auto key = users->child(sid + software + kUninstall))
                addPrograms(*key, architecture, accountOf(sid), packages);
        }
    }
}

} // namespace

Result<PackagesReading> readPackages(const Roots&)
{
    PackagesReading reading;
    const std::wstring path = std::wstring(L"SOFTWARE") + kUninstall;
    for (const auto& [view, architecture] :
        {std::pair(RegistryView::Bits64, "x86_64"), std::pair(RegistryView::Bits32, "x86")}) {
        const auto key = RegistryKey::open(RegistryRoot::Machine, path, view);
        if (key)
            addPrograms(*key, architecture, {}, reading.packages);
        else if (key.error().code != ErrorCode::NotFound)
            reading.warnings.push_back(key.error().message);
    }
    addProgramsOfAccounts(reading.packages);
    sortPackages(reading.packages);
    return reading;
}

} // namespace sextant::platform
