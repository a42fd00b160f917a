// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/processes.h"

#include "platform/parse/utf16.h"
#include "platform/windows/account_names.h"
#include "platform/windows/handle.h"
#include "platform/windows/system_query.h"
#include "platform/windows/windows_api.h"

#include <algorithm>
#include <array>

namespace sextant::platform {
namespace {

/// Room for the longest command line that Windows lets a program have, 32,767 units, and its UNICODE_STRING.
using Buffer = std::array<std::byte, 66UL * 1024>;

/// Empty where it may not be read: processes that are protected, and the kernel's own.
std::string commandLine(HANDLE process, Buffer& buffer)
{
    constexpr auto kCommandLine = static_cast<PROCESSINFOCLASS>(60); // ProcessCommandLineInformation, Windows 8.1
    ULONG filled = 0;
    const NTSTATUS status =
        ::NtQueryInformationProcess(process, kCommandLine, buffer.data(), static_cast<ULONG>(buffer.size()), &filled);
    if (!NT_SUCCESS(status))
        return {};
    const parse::RawBytes bytes = std::span(buffer).first(std::min<std::size_t>(filled, buffer.size()));
    return parse::unicodeStringAt(bytes, 0, reinterpret_cast<std::uintptr_t>(buffer.data()));
}

/// The SID in the process's token.
std::optional<std::vector<std::byte>> userOf(HANDLE process)
{
    HANDLE given = nullptr;
    if (::OpenProcessToken(process, TOKEN_QUERY, &given) == 0)
        return std::nullopt;
    const Handle token(given);
    alignas(TOKEN_USER) std::array<std::byte, sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE> bytes{};
    DWORD filled = 0;
    if (::GetTokenInformation(token.get(), TokenUser, bytes.data(), static_cast<DWORD>(bytes.size()), &filled) == 0)
        return std::nullopt;
    const PSID sid = reinterpret_cast<const TOKEN_USER*>(bytes.data())->User.Sid;
    const auto* const first = static_cast<const std::byte*>(sid);
    return std::vector(first, first + ::GetLengthSid(sid));
}

/// At most so many bytes, without cutting a character in two.
std::string cut(std::string text, std::size_t limit)
{
    if (text.size() <= limit)
        return text;
    const auto continues = [&text](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80; };
    while (limit > 0 && continues(limit))
        --limit;
    text.resize(limit);
    return text;
}

} // namespace

struct ProcessesReader::State {
    void complete(Process& process);

    AccountNames accounts;
    Buffer buffer{};
};

/// What the snapshot does not hold; a process that may not be opened goes without.
void ProcessesReader::State::complete(Process& process)
{
    const Handle handle(::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, static_cast<DWORD>(process.pid)));
    if (!handle.isOpen())
        return;
    process.commandLine = cut(commandLine(handle.get(), buffer), kCommandLineLimit);
    if (const auto sid = userOf(handle.get()))
        process.account = accounts.nameOf(*sid);
}

ProcessesReader::ProcessesReader(Roots) : m_state(std::make_unique<State>()) {}

ProcessesReader::~ProcessesReader() = default;

Result<ProcessesReading> ProcessesReader::read()
{
    auto snapshot = queryProcesses();
    if (!snapshot)
        return tl::unexpected(snapshot.error());
    ProcessesReading reading;
    reading.processes = std::move(snapshot->processes);
    m_state->accounts.restart();
    for (Process& process : reading.processes)
        m_state->complete(process);
    std::ranges::sort(reading.processes, {}, &Process::pid);
    return reading;
}

} // namespace sextant::platform
