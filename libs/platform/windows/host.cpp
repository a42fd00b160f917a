// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/host.h"

#include "platform/clocks.h"
#include "platform/parse/smbios.h"
#include "platform/windows/firmware_table.h"
#include "platform/windows/registry.h"
#include "platform/windows/wide.h"
#include "platform/windows/windows_api.h"
#include "platform/windows/windows_error.h"

#include <array>

#if defined(__x86_64__) || defined(_M_X64)
#include <intrin.h>
#endif

namespace sextant::platform {
namespace {

constexpr const wchar_t* kVersionKey = L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
constexpr DWORD kFirstWindows11 = 22000;

extern "C" NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOEXW version);

std::string hostname()
{
    std::array<wchar_t, 256> name{};
    auto size = static_cast<DWORD>(name.size());
    if (::GetComputerNameExW(ComputerNamePhysicalDnsHostname, name.data(), &size) == 0)
        return {};
    return toUtf8(std::wstring_view(name.data(), size));
}

/// "Windows 11 Pro 23H2". The registry of Windows 11 still says 10.
std::string productName(const RTL_OSVERSIONINFOEXW& version)
{
    std::string name = registryText(kVersionKey, L"ProductName").value_or("Windows");
    const std::string old = "Windows 10";
    if (version.dwBuildNumber >= kFirstWindows11 && version.wProductType == VER_NT_WORKSTATION && name.starts_with(old))
        name.replace(0, old.size(), "Windows 11");
    if (const auto release = registryText(kVersionKey, L"DisplayVersion"); release && !release->empty())
        name += ' ' + *release;
    return name;
}

/// Of the machine, also where this program is translated to it.
std::string architecture()
{
    USHORT ofProcess = 0;
    USHORT native = 0;
    if (::IsWow64Process2(::GetCurrentProcess(), &ofProcess, &native) == 0)
        return {};
    switch (native) {
    case IMAGE_FILE_MACHINE_AMD64:
        return "x86_64";
    case IMAGE_FILE_MACHINE_ARM64:
        return "aarch64";
    case IMAGE_FILE_MACHINE_I386:
        return "x86";
    default:
        return {};
    }
}

/// The flag that guests see, and Windows on hardware too when it protects itself by its own hypervisor: alone it says
/// nothing. Processors other than x86 have no such flag, and the firmware alone decides.
bool mayBeGuest()
{
#if defined(__x86_64__) || defined(_M_X64)
    constexpr int kHypervisor = static_cast<int>(1U << 31);
    std::array<int, 4> registers{};
    __cpuid(registers.data(), 1);
    return (registers[2] & kHypervisor) != 0;
#else
    return true;
#endif
}

std::optional<std::string> virtualisation()
{
    const auto table = mayBeGuest() ? readSmbiosTable() : Result<std::vector<std::byte>>();
    return table ? parse::virtualisationOf(parse::firmwareFactsOf(parse::parseRawSmbios(*table))) : std::nullopt;
}

} // namespace

Result<HostFacts> readHostFacts(const Roots& roots)
{
    RTL_OSVERSIONINFOEXW version{};
    version.dwOSVersionInfoSize = sizeof(version);
    HostFacts facts;
    facts.hostname = hostname();
    if (facts.hostname.empty() || !NT_SUCCESS(RtlGetVersion(&version)))
        return tl::unexpected(lastError("the name and version of this system"));
    facts.osFamily = "windows";
    facts.osId = version.wProductType == VER_NT_WORKSTATION ? "windows" : "windows-server";
    facts.osVersion = std::to_string(version.dwMajorVersion) + '.' + std::to_string(version.dwMinorVersion) + '.' +
                      std::to_string(version.dwBuildNumber);
    facts.osName = productName(version);
    facts.kernel = facts.osVersion;
    if (const auto update = registryNumber(kVersionKey, L"UBR")) // what winver shows behind the build
        facts.kernel += '.' + std::to_string(*update);
    facts.architecture = architecture();
    if (auto id = registryText(L"SOFTWARE\\Microsoft\\Cryptography", L"MachineGuid"))
        facts.machineId = std::move(*id);
    else
        facts.warnings.push_back(id.error().message);
    if (auto id = readBootId(roots))
        facts.bootId = std::move(*id);
    facts.virtualisation = virtualisation();
    if (registryHasValue(L"SYSTEM\\CurrentControlSet\\Control", L"ContainerType"))
        facts.container = "container";
    return facts;
}

} // namespace sextant::platform
