// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/windows/gpu_counters.h"

#include "platform/parse/windows_gpu.h"
#include "platform/windows/pdh_error.h"
#include "platform/windows/wide.h"

#include <algorithm>
#include <span>
#include <vector>

namespace sextant::platform {
namespace {

constexpr const char* kWhat = "the graphics processors";

/// The values of a counter that have one now; none before its second sample.
Result<std::vector<parse::CounterValue>> valuesOf(HCOUNTER counter)
{
    constexpr DWORD kLimit = 16 << 20; // an instance per process and engine
    constexpr DWORD kFormat = PDH_FMT_DOUBLE | PDH_FMT_NOCAP100;
    DWORD size = 0;
    DWORD count = 0;
    PDH_STATUS status = ::PdhGetFormattedCounterArrayW(counter, kFormat, &size, &count, nullptr);
    const auto is = [&status](
                        auto code) { return static_cast<std::uint32_t>(status) == static_cast<std::uint32_t>(code); };
    if (is(PDH_CALC_NEGATIVE_DENOMINATOR) || is(PDH_INVALID_DATA) || is(PDH_CSTATUS_INVALID_DATA))
        return std::vector<parse::CounterValue>();
    if (!is(PDH_MORE_DATA))
        return pdhError(status, kWhat);
    if (size > kLimit)
        return fail(ErrorCode::TooLarge, "the performance counters of the graphics processors take more than 16 MiB");
    // Of the items' type, so that they lie where they must; the names stand behind them.
    std::vector<PDH_FMT_COUNTERVALUE_ITEM_W> items(size / sizeof(PDH_FMT_COUNTERVALUE_ITEM_W) + 1);
    status = ::PdhGetFormattedCounterArrayW(counter, kFormat, &size, &count, items.data());
    if (status != ERROR_SUCCESS)
        return pdhError(status, kWhat);
    std::vector<parse::CounterValue> values;
    for (const auto& item : std::span(items).first(std::min<std::size_t>(count, items.size()))) {
        if (item.FmtValue.CStatus == PDH_CSTATUS_VALID_DATA || item.FmtValue.CStatus == PDH_CSTATUS_NEW_DATA)
            values.emplace_back(toUtf8(item.szName), item.FmtValue.doubleValue);
    }
    return values;
}

} // namespace

struct GpuCounters::State {
    [[nodiscard]] Result<void> open();

    HQUERY query = nullptr;
    HCOUNTER engines = nullptr;
    HCOUNTER memory = nullptr;
};

GpuCounters::GpuCounters() : m_state(std::make_unique<State>()) {}

GpuCounters::~GpuCounters()
{
    if (m_state->query != nullptr)
        ::PdhCloseQuery(m_state->query);
}

Result<void> GpuCounters::State::open()
{
    if (memory != nullptr)
        return {};
    if (query == nullptr) {
        if (const PDH_STATUS status = ::PdhOpenQueryW(nullptr, 0, &query); status != ERROR_SUCCESS)
            return pdhError(status, kWhat);
    }
    const auto add = [this](const wchar_t* path, HCOUNTER& counter) -> PDH_STATUS {
        return counter != nullptr ? ERROR_SUCCESS : ::PdhAddEnglishCounterW(query, path, 0, &counter);
    };
    PDH_STATUS status = add(L"\\GPU Engine(*)\\Utilization Percentage", engines);
    if (status == ERROR_SUCCESS)
        status = add(L"\\GPU Adapter Memory(*)\\Dedicated Usage", memory);
    return status == ERROR_SUCCESS ? Result<void>() : pdhError(status, kWhat);
}

Result<std::map<std::uint64_t, GpuCounts>> GpuCounters::read()
{
    if (const auto opened = m_state->open(); !opened)
        return tl::unexpected(opened.error());
    if (const PDH_STATUS status = ::PdhCollectQueryData(m_state->query); status != ERROR_SUCCESS)
        return pdhError(status, kWhat);
    const auto engines = valuesOf(m_state->engines);
    const auto memory = valuesOf(m_state->memory);
    if (!engines || !memory)
        return tl::unexpected(engines ? memory.error() : engines.error());
    std::map<std::uint64_t, GpuCounts> counts;
    for (const auto& [adapter, percent] : parse::busiestEngines(*engines))
        counts[adapter].usagePercent = percent;
    for (const auto& [adapter, bytes] : parse::sumByAdapter(*memory))
        counts[adapter].memoryUsed = static_cast<std::uint64_t>(bytes);
    return counts;
}

} // namespace sextant::platform
