// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/self.h"

#include "platform/parse/windows_times.h"
#include "platform/windows/handle.h"
#include "platform/windows/windows_api.h"
#include "platform/windows/windows_error.h"

namespace sextant::platform {
namespace {

extern "C" NTSTATUS NTAPI NtGetNextThread(
    HANDLE process, HANDLE thread, ACCESS_MASK access, ULONG attributes, ULONG flags, PHANDLE next);

std::int64_t ticksOf(const FILETIME& time)
{
    return static_cast<std::int64_t>(std::uint64_t{time.dwHighDateTime} << 32 | time.dwLowDateTime);
}

/// One after the other: the list of the whole machine's threads, the only other source, would cost more than all
/// other readers together.
std::uint64_t countThreads(HANDLE process)
{
    constexpr std::uint64_t kLimit = 100'000;
    std::uint64_t count = 0;
    Handle thread;
    HANDLE next = nullptr;
    while (count < kLimit &&
           NT_SUCCESS(NtGetNextThread(process, thread.get(), THREAD_QUERY_LIMITED_INFORMATION, 0, 0, &next))) {
        thread = Handle(next);
        ++count;
    }
    return count;
}

} // namespace

struct SelfReader::State {};

SelfReader::SelfReader() = default;

SelfReader::~SelfReader() = default;

Result<SelfReading> SelfReader::read()
{
    const HANDLE process = ::GetCurrentProcess();
    FILETIME created{};
    FILETIME ended{};
    FILETIME kernel{};
    FILETIME user{};
    PROCESS_MEMORY_COUNTERS memory{};
    DWORD handles = 0;
    if (::GetProcessTimes(process, &created, &ended, &kernel, &user) == 0 ||
        ::GetProcessMemoryInfo(process, &memory, sizeof(memory)) == 0 ||
        ::GetProcessHandleCount(process, &handles) == 0)
        return tl::unexpected(lastError("what this process uses"));
    SelfReading reading;
    reading.cpuTime = parse::durationOf(ticksOf(kernel)) + parse::durationOf(ticksOf(user));
    reading.residentBytes = memory.WorkingSetSize;
    reading.openFiles = handles;
    reading.threads = countThreads(process);
    reading.started = parse::momentOf(ticksOf(created)).value_or(std::chrono::system_clock::time_point());
    return reading;
}

} // namespace sextant::platform
