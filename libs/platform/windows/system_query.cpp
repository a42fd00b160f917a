// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/windows/system_query.h"

#include "platform/parse/windows_layout.h"
#include "platform/windows/windows_api.h"
#include "platform/windows/windows_error.h"

namespace sextant::platform {
namespace {

constexpr auto kTooLittleRoom = static_cast<NTSTATUS>(0xC0000004); // STATUS_INFO_LENGTH_MISMATCH

extern "C" NTSTATUS NTAPI NtQuerySystemInformationEx(
    SYSTEM_INFORMATION_CLASS of, PVOID asked, ULONG askedSize, PVOID answer, ULONG size, PULONG filled);

SYSTEM_INFORMATION_CLASS native(SystemClass of)
{
    return static_cast<SYSTEM_INFORMATION_CLASS>(of);
}

/// The processors of one group; of the only one without naming it, which older kernels and Wine do not know.
Result<std::vector<std::byte>> queryGroup(USHORT group, bool isOnly)
{
    std::vector<std::byte> bytes(::GetActiveProcessorCount(group) * parse::windows::ProcessorLayout::kSize);
    const SYSTEM_INFORMATION_CLASS of = native(SystemClass::ProcessorPerformance);
    const auto room = static_cast<ULONG>(bytes.size());
    ULONG filled = 0;
    const NTSTATUS status = isOnly ? ::NtQuerySystemInformation(of, bytes.data(), room, &filled)
                                   : NtQuerySystemInformationEx(of, &group, sizeof(group), bytes.data(), room, &filled);
    if (!NT_SUCCESS(status))
        return tl::unexpected(statusError(status, "the processors' times"));
    bytes.resize(std::min<std::size_t>(filled, bytes.size()));
    return bytes;
}

} // namespace

Result<std::vector<std::byte>> querySystem(SystemClass of, std::size_t room, const std::string& what)
{
    std::vector<std::byte> bytes(room);
    ULONG filled = 0;
    const NTSTATUS status = ::NtQuerySystemInformation(native(of), bytes.data(), static_cast<ULONG>(room), &filled);
    if (!NT_SUCCESS(status))
        return tl::unexpected(statusError(status, what));
    bytes.resize(std::min<std::size_t>(filled, room));
    return bytes;
}

Result<std::vector<ProcessorGroup>> queryProcessors()
{
    std::vector<ProcessorGroup> groups;
    const USHORT count = ::GetActiveProcessorGroupCount();
    unsigned first = 0;
    for (USHORT group = 0; group < count; ++group) {
        auto bytes = queryGroup(group, count == 1);
        if (!bytes)
            return tl::unexpected(bytes.error());
        groups.push_back({first, std::move(*bytes)});
        first += ::GetMaximumProcessorCount(group); // so that a processor keeps its number when one before it comes
    }
    return groups;
}

Result<parse::ProcessSnapshot> queryProcesses()
{
    constexpr std::size_t kFirst = 512UL * 1024;
    constexpr std::size_t kLimit = 64UL * 1024 * 1024;
    for (std::size_t room = kFirst; room <= kLimit; room *= 2) {
        std::vector<std::byte> bytes(room);
        ULONG filled = 0;
        const NTSTATUS status =
            ::NtQuerySystemInformation(native(SystemClass::Processes), bytes.data(), static_cast<ULONG>(room), &filled);
        if (status == kTooLittleRoom)
            continue;
        if (!NT_SUCCESS(status))
            return tl::unexpected(statusError(status, "the processes"));
        const parse::RawBytes written = parse::RawBytes(bytes).first(std::min<std::size_t>(filled, room));
        return parse::parseProcessSnapshot(written, reinterpret_cast<std::uintptr_t>(bytes.data()));
    }
    return fail(ErrorCode::TooLarge, "the list of processes is larger than 64 MiB");
}

} // namespace sextant::platform
