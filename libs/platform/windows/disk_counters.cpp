// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/windows/disk_counters.h"

#include "platform/parse/windows_times.h"
#include "platform/windows/pdh_error.h"
#include "platform/windows/wide.h"
#include "platform/windows/windows_api.h"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace sextant::platform {
namespace {

/// What a counter's raw value is of a disk's performance.
struct Counter {
    const wchar_t* path;
    void (*keep)(parse::DiskPerformance& disk, LONGLONG value);
};

constexpr auto kCounters = std::to_array<Counter>({
    {L"\\PhysicalDisk(*)\\Disk Read Bytes/sec",
        [](parse::DiskPerformance& disk, LONGLONG value) { disk.readBytes = static_cast<std::uint64_t>(value); }},
    {L"\\PhysicalDisk(*)\\Disk Write Bytes/sec",
        [](parse::DiskPerformance& disk, LONGLONG value) { disk.writeBytes = static_cast<std::uint64_t>(value); }},
    {L"\\PhysicalDisk(*)\\Disk Reads/sec",
        [](parse::DiskPerformance& disk, LONGLONG value) { disk.reads = static_cast<std::uint32_t>(value); }},
    {L"\\PhysicalDisk(*)\\Disk Writes/sec",
        [](parse::DiskPerformance& disk, LONGLONG value) { disk.writes = static_cast<std::uint32_t>(value); }},
    {L"\\PhysicalDisk(*)\\% Idle Time",
        [](parse::DiskPerformance& disk, LONGLONG value) { disk.idleTime = parse::durationOf(value); }},
    {L"\\PhysicalDisk(*)\\Current Disk Queue Length",
        [](parse::DiskPerformance& disk, LONGLONG value) { disk.queueDepth = static_cast<std::uint32_t>(value); }},
});

Result<void> keepValues(HCOUNTER counter, const Counter& kind, std::map<unsigned, parse::DiskPerformance>& disks)
{
    constexpr DWORD kLimit = 1 << 20;
    DWORD size = 0;
    DWORD count = 0;
    PDH_STATUS status = ::PdhGetRawCounterArrayW(counter, &size, &count, nullptr);
    if (static_cast<std::uint32_t>(status) != static_cast<std::uint32_t>(PDH_MORE_DATA))
        return pdhError(status, "the disks");
    if (size > kLimit)
        return fail(ErrorCode::TooLarge, "the performance counters of the disks take more than a megabyte");
    // Of the items' type, so that they lie where they must; the names stand behind them.
    std::vector<PDH_RAW_COUNTER_ITEM_W> items(size / sizeof(PDH_RAW_COUNTER_ITEM_W) + 1);
    status = ::PdhGetRawCounterArrayW(counter, &size, &count, items.data());
    if (status != ERROR_SUCCESS)
        return pdhError(status, "the disks");
    for (const PDH_RAW_COUNTER_ITEM_W& item : std::span(items).first(std::min<std::size_t>(count, items.size()))) {
        if (const auto disk = parse::diskOfInstance(toUtf8(item.szName)))
            kind.keep(disks[*disk], item.RawValue.FirstValue);
    }
    return {};
}

} // namespace

struct DiskCounters::State {
    [[nodiscard]] Result<void> open();

    HQUERY query = nullptr;
    std::array<HCOUNTER, kCounters.size()> counters{};
};

DiskCounters::DiskCounters() : m_state(std::make_unique<State>()) {}

DiskCounters::~DiskCounters()
{
    if (m_state->query != nullptr)
        ::PdhCloseQuery(m_state->query);
}

/// Adds what is not added yet: a counter that was missing is looked for again.
Result<void> DiskCounters::State::open()
{
    if (query == nullptr) {
        if (const PDH_STATUS status = ::PdhOpenQueryW(nullptr, 0, &query); status != ERROR_SUCCESS)
            return pdhError(status, "the disks");
    }
    for (std::size_t i = 0; i < counters.size(); ++i) {
        if (counters[i] != nullptr)
            continue;
        const PDH_STATUS status = ::PdhAddEnglishCounterW(query, kCounters[i].path, 0, &counters[i]);
        if (status != ERROR_SUCCESS) {
            counters[i] = nullptr;
            return pdhError(status, "the disks");
        }
    }
    return {};
}

Result<std::map<unsigned, parse::DiskPerformance>> DiskCounters::read()
{
    if (const auto opened = m_state->open(); !opened)
        return tl::unexpected(opened.error());
    if (const PDH_STATUS status = ::PdhCollectQueryData(m_state->query); status != ERROR_SUCCESS)
        return pdhError(status, "the disks");
    std::map<unsigned, parse::DiskPerformance> disks;
    for (std::size_t i = 0; i < kCounters.size(); ++i) {
        if (const auto kept = keepValues(m_state->counters[i], kCounters[i], disks); !kept)
            return tl::unexpected(kept.error());
    }
    return disks;
}

} // namespace sextant::platform
