// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/bsd_processes.h"

#include "platform/parse/darwin_layout.h"
#include "platform/parse/freebsd_layout.h"

#include <algorithm>

namespace sextant::platform::parse {
namespace {

// p_stat of <sys/proc.h>: both systems share the first five, FreeBSD has two more.
constexpr int kRunning = 2;
constexpr int kSleeping = 3;
constexpr int kStopped = 4;
constexpr int kZombie = 5;
constexpr int kWaiting = 6;
constexpr int kLocked = 7;

/// struct timeval of both systems: 64-bit seconds, then microseconds. Darwin's are 32 bits wide, with zeros behind.
std::optional<std::chrono::system_clock::time_point> timeAt(RawBytes bytes, std::size_t offset)
{
    const auto seconds = numberAt<std::int64_t>(bytes, offset);
    const auto microseconds = numberAt<std::int32_t>(bytes, offset + sizeof(seconds));
    constexpr std::int64_t kLast = 9'000'000'000; // nanoseconds since 1970 run over in 2262
    if (seconds <= 0 || seconds > kLast)
        return std::nullopt; // processes that the kernel made before it had a clock
    return std::chrono::system_clock::time_point(
        std::chrono::seconds(seconds) + std::chrono::microseconds(microseconds));
}

ProcessState freeBsdState(RawBytes process)
{
    using Layout = freebsd::ProcessLayout;
    const bool kernel = (numberAt<std::int64_t>(process, Layout::kFlags) & Layout::kKernelProcess) != 0;
    const bool interruptible = (numberAt<std::int64_t>(process, Layout::kThreadFlags) & Layout::kInterruptible) != 0;
    switch (numberAt<std::int8_t>(process, Layout::kState)) {
    case kRunning:
        return ProcessState::Running;
    case kSleeping:
        if (kernel)
            return ProcessState::Idle;
        return interruptible ? ProcessState::Sleeping : ProcessState::Blocked;
    case kStopped:
        return ProcessState::Stopped;
    case kZombie:
        return ProcessState::Zombie;
    case kWaiting:
        return ProcessState::Idle;
    case kLocked:
        return ProcessState::Blocked;
    default:
        return ProcessState::Unknown;
    }
}

/// The kernel's process that "runs" on CPUs without work. Its time is theirs, so it would lead every list.
bool isIdleProcess(RawBytes process)
{
    using Layout = freebsd::ProcessLayout;
    return (numberAt<std::int64_t>(process, Layout::kFlags) & Layout::kKernelProcess) != 0 &&
           (numberAt<std::int64_t>(process, Layout::kThreadFlags) & Layout::kIdleThread) != 0;
}

Process freeBsdProcess(RawBytes bytes, std::uint64_t pageSize)
{
    using Layout = freebsd::ProcessLayout;
    Process process;
    process.pid = numberAt<std::int32_t>(bytes, Layout::kPid);
    process.parent = numberAt<std::int32_t>(bytes, Layout::kParent);
    process.name = textAt(bytes, Layout::kName, Layout::kNameSize);
    process.state = freeBsdState(bytes);
    process.uid = numberAt<std::uint32_t>(bytes, Layout::kUid);
    process.threads = static_cast<std::uint64_t>(std::max(0, numberAt<std::int32_t>(bytes, Layout::kThreads)));
    process.residentBytes = numberAt<std::uint64_t>(bytes, Layout::kResidentPages) * pageSize;
    constexpr std::uint64_t kMostMicroseconds = 4'000'000'000'000'000; // a century, and no overflow in nanoseconds
    process.cpuTime = std::chrono::microseconds(static_cast<std::int64_t>(
        std::min(numberAt<std::uint64_t>(bytes, Layout::kRunMicroseconds), kMostMicroseconds)));
    process.started = timeAt(bytes, Layout::kStart);
    return process;
}

Process darwinProcess(RawBytes bytes)
{
    using Layout = darwin::ProcessLayout;
    Process process;
    process.pid = numberAt<std::int32_t>(bytes, Layout::kPid);
    process.parent = numberAt<std::int32_t>(bytes, Layout::kParent);
    process.name = textAt(bytes, Layout::kName, Layout::kNameSize);
    process.uid = numberAt<std::uint32_t>(bytes, Layout::kUid);
    process.started = timeAt(bytes, Layout::kStart);
    const int state = numberAt<std::int8_t>(bytes, Layout::kState);
    if (state == kStopped)
        process.state = ProcessState::Stopped;
    else if (state == kZombie)
        process.state = ProcessState::Zombie;
    return process;
}

/// `units` of the timebase as nanoseconds, without running over on the way; a century at most, so that two can be
/// added.
std::chrono::nanoseconds durationOf(std::uint64_t units, Timebase timebase)
{
    constexpr std::uint64_t kMost = 4'000'000'000'000'000'000;
    const std::uint64_t numerator = std::max(std::uint64_t{1}, std::uint64_t{timebase.numerator});
    if (units / timebase.denominator >= kMost / numerator)
        return std::chrono::nanoseconds(kMost);
    const std::uint64_t whole = units / timebase.denominator * timebase.numerator;
    const std::uint64_t rest = units % timebase.denominator * timebase.numerator / timebase.denominator;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(whole + rest));
}

} // namespace

Result<std::vector<Process>> parseFreeBsdProcesses(RawBytes bytes, std::uint64_t pageSize)
{
    constexpr std::size_t kSize = freebsd::ProcessLayout::kSize;
    std::vector<Process> processes;
    for (; !bytes.empty(); bytes = bytes.subspan(kSize)) {
        if (bytes.size() < kSize || numberAt<std::int32_t>(bytes, 0) != static_cast<std::int32_t>(kSize))
            return fail(ErrorCode::Malformed, "kern.proc does not follow the format of FreeBSD 11 to 14");
        if (!isIdleProcess(bytes))
            processes.push_back(freeBsdProcess(bytes.first(kSize), pageSize));
    }
    return processes;
}

Result<std::vector<Process>> parseDarwinProcesses(RawBytes bytes)
{
    constexpr std::size_t kSize = darwin::ProcessLayout::kSize;
    if (bytes.size() % kSize != 0)
        return fail(ErrorCode::Malformed, "kern.proc.all does not hold whole processes");
    std::vector<Process> processes;
    for (std::size_t at = 0; at < bytes.size(); at += kSize)
        processes.push_back(darwinProcess(bytes.subspan(at, kSize)));
    return processes;
}

Result<void> applyTaskInfo(RawBytes bytes, Timebase timebase, Process& process)
{
    using Layout = darwin::TaskLayout;
    if (bytes.size() < Layout::kSize || timebase.denominator == 0)
        return fail(ErrorCode::Malformed, "proc_pidinfo gives too little about process " + std::to_string(process.pid));
    process.threads = static_cast<std::uint64_t>(std::max(0, numberAt<std::int32_t>(bytes, Layout::kThreads)));
    process.residentBytes = numberAt<std::uint64_t>(bytes, Layout::kResidentBytes);
    process.cpuTime = durationOf(numberAt<std::uint64_t>(bytes, Layout::kUserTime), timebase) +
                      durationOf(numberAt<std::uint64_t>(bytes, Layout::kSystemTime), timebase);
    if (process.state == ProcessState::Unknown)
        process.state =
            numberAt<std::int32_t>(bytes, Layout::kRunningThreads) > 0 ? ProcessState::Running : ProcessState::Sleeping;
    return {};
}

std::string parseProcessArguments(RawBytes bytes)
{
    auto count = numberAt<std::int32_t>(bytes, 0);
    std::size_t at = sizeof(count);
    at += textAt(bytes, at, bytes.size()).size(); // the program's path
    while (at < bytes.size() && bytes[at] == std::byte{0})
        ++at;
    std::string line;
    for (; count > 0 && at < bytes.size(); --count) {
        const std::string argument = textAt(bytes, at, bytes.size());
        at += argument.size() + 1;
        line += line.empty() ? argument : ' ' + argument;
    }
    return line;
}

} // namespace sextant::platform::parse
