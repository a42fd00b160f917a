// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/memory.h"

#include "platform/parse/windows_layout.h"
#include "platform/widening_counter.h"
#include "platform/windows/performance.h"
#include "platform/windows/system_query.h"
#include "platform/windows/windows_api.h"
#include "platform/windows/windows_error.h"

#include <algorithm>

namespace sextant::platform {
namespace {

struct PageFiles {
    std::uint64_t total = 0; ///< pages
    std::uint64_t used = 0;
};

BOOL CALLBACK addPageFile(LPVOID sum, PENUM_PAGE_FILE_INFORMATION file, LPCWSTR)
{
    auto* files = static_cast<PageFiles*>(sum);
    files->total += file->TotalSize;
    files->used += file->TotalInUse;
    return TRUE;
}

/// A machine without page files has swap of 0 bytes.
void readPageFiles(std::uint64_t pageSize, MemoryReading& reading)
{
    PageFiles files;
    ::SetLastError(ERROR_NOT_SUPPORTED); // Wine's call says nothing of why it gives none
    if (::EnumPageFilesW(addPageFile, &files) == 0) {
        const Error error = lastError("the page files");
        if (error.code != ErrorCode::NotAvailable)
            reading.warnings.push_back(error.message);
        return;
    }
    reading.swapTotal = files.total * pageSize;
    reading.swapFree = (files.total - std::min(files.total, files.used)) * pageSize;
}

/// Free and standby pages are told to who may profile the machine; others get the size of the standby pages and of
/// the system's working set together, which is a little more than what is cached.
void readLists(const PERFORMANCE_INFORMATION& performance, MemoryReading& reading)
{
    const std::uint64_t pageSize = performance.PageSize;
    if (performance.SystemCache > 0) // Wine does not know it
        reading.cached = performance.SystemCache * pageSize;
    const auto lists =
        querySystem(SystemClass::MemoryLists, parse::windows::MemoryListLayout::kSize, "the memory lists")
            .and_then([](const std::vector<std::byte>& bytes) { return parse::parseMemoryLists(bytes); });
    if (lists) {
        reading.free = std::min(lists->freePages * pageSize, reading.total);
        reading.cached = lists->standbyPages * pageSize;
    }
}

} // namespace

struct MemoryReader::State {
    void readFaults(MemoryReading& reading);

    WideningCounter pageFaults;
    WideningCounter pageReads;
};

void MemoryReader::State::readFaults(MemoryReading& reading)
{
    const auto counters = queryPerformanceCounters();
    if (!counters) {
        reading.warnings.push_back(counters.error().message);
        return;
    }
    if (counters->pageFaults)
        reading.pageFaults = pageFaults.widen(*counters->pageFaults);
    if (counters->pageReads)
        reading.majorPageFaults = pageReads.widen(*counters->pageReads);
}

MemoryReader::MemoryReader(Roots) : m_state(std::make_unique<State>()) {}

MemoryReader::~MemoryReader() = default;

Result<MemoryReading> MemoryReader::read()
{
    MEMORYSTATUSEX status{};
    status.dwLength = sizeof(status);
    if (::GlobalMemoryStatusEx(&status) == 0)
        return tl::unexpected(lastError("the memory"));
    MemoryReading reading;
    reading.total = status.ullTotalPhys;
    reading.available = std::min<std::uint64_t>(status.ullAvailPhys, status.ullTotalPhys);
    PERFORMANCE_INFORMATION performance{};
    if (::GetPerformanceInfo(&performance, sizeof(performance)) != 0) {
        reading.committed = std::uint64_t(performance.CommitTotal) * performance.PageSize;
        reading.commitLimit = std::uint64_t(performance.CommitLimit) * performance.PageSize;
        reading.refusesPastCommitLimit = true;
        readLists(performance, reading);
        readPageFiles(performance.PageSize, reading);
    } else {
        reading.warnings.push_back(lastError("what memory is used for").message);
    }
    m_state->readFaults(reading);
    return reading;
}

} // namespace sextant::platform
