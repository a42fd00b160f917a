// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/self.h"

#include "platform/linux/kernel_file.h"
#include "platform/parse/fields.h"
#include "platform/parse/pid_stat.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <memory>

namespace sextant::platform {
namespace {

constexpr const char* kDescriptors = "/proc/self/fd";

struct Close {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

/// Since 6.2 the folder's size is the count; before, it is 0 and the entries are counted.
std::uint64_t countOpenFiles()
{
    struct stat folderStat {};
    if (::stat(kDescriptors, &folderStat) == 0 && folderStat.st_size > 0)
        return static_cast<std::uint64_t>(folderStat.st_size);
    const std::unique_ptr<DIR, Close> folder(::opendir(kDescriptors));
    if (!folder)
        return 0;
    std::uint64_t count = 0;
    while (const dirent* entry = ::readdir(folder.get()))
        count += entry->d_name[0] != '.' ? 1 : 0;
    return count - 1; // the folder itself
}

std::chrono::nanoseconds ownCpuTime()
{
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

} // namespace

/// statm gives the resident pages and those of files and shared memory; the rest is anonymous. smaps_rollup says the
/// same exactly, but walks all pages: 100 times the cost.
struct SelfReader::State {
    KernelFile statm{"/proc/self/statm"};
    KernelFile stat{"/proc/self/stat"};
    std::uint64_t pageSize = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    std::optional<std::chrono::system_clock::time_point> started;
};

SelfReader::SelfReader() : m_state(std::make_unique<State>()) {}

SelfReader::~SelfReader() = default;

Result<SelfReading> SelfReader::read()
{
    const auto statm = m_state->statm.read();
    if (!statm)
        return tl::unexpected(statm.error());
    std::string_view pages = parse::trimmed(*statm);
    const auto size = parse::takeUnsigned(pages);
    const auto resident = parse::takeUnsigned(pages);
    const auto shared = parse::takeUnsigned(pages);
    if (!size || !resident || !shared)
        return fail(ErrorCode::Malformed, "/proc/self/statm does not hold three numbers");
    const auto stat = m_state->stat.read().and_then(parse::parsePidStat);
    if (!stat)
        return tl::unexpected(stat.error());
    if (!m_state->started) {
        timespec sinceBoot{};
        ::clock_gettime(CLOCK_BOOTTIME, &sinceBoot);
        const auto ticks = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
        const auto startMs = std::chrono::milliseconds(static_cast<std::int64_t>(stat->startTicks * 1000 / ticks));
        const auto nowMs = std::chrono::milliseconds(sinceBoot.tv_sec * 1000 + sinceBoot.tv_nsec / 1'000'000);
        m_state->started = std::chrono::system_clock::now() - (nowMs - startMs);
    }

    SelfReading reading;
    reading.cpuTime = ownCpuTime();
    reading.residentBytes = *resident * m_state->pageSize;
    reading.anonymousBytes = (*resident - std::min(*resident, *shared)) * m_state->pageSize;
    reading.openFiles = countOpenFiles();
    reading.threads = stat->threads;
    reading.started = *m_state->started;
    return reading;
}

} // namespace sextant::platform
