// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/windows_events.h"

#include "platform/parse/fields.h"
#include "platform/parse/windows_times.h"

#include <limits>

namespace sextant::platform::parse {
namespace {

constexpr std::size_t kMaxMessage = 2'000; // bytes

std::optional<std::uint64_t> numberOf(const std::optional<std::string>& text)
{
    return text ? toUnsigned(*text) : std::nullopt;
}

/// At most so many bytes, and no broken character at the end.
std::string shortened(std::string text)
{
    if (text.size() <= kMaxMessage)
        return text;
    std::size_t end = kMaxMessage;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    text.resize(end);
    return text + "…";
}

} // namespace

std::vector<LoggedEvent> parseEvents(const WorkerRows& rows, std::string_view log)
{
    constexpr std::uint64_t kCritical = 1, kError = 2;
    std::vector<LoggedEvent> events;
    for (const WorkerRow& row : rows) {
        if (row.size() != 6)
            continue;
        const auto record = numberOf(row[0]);
        const auto ticks = numberOf(row[1]);
        const auto level = numberOf(row[2]);
        const auto id = numberOf(row[4]);
        const auto time = ticks && *ticks <= std::numeric_limits<std::int64_t>::max()
                              ? momentOf(static_cast<std::int64_t>(*ticks))
                              : std::nullopt;
        if (!record || !time || !id || *id > std::numeric_limits<std::uint32_t>::max() || !row[3] ||
            (level != kCritical && level != kError))
            continue;
        LoggedEvent& event = events.emplace_back();
        event.log = log;
        event.record = *record;
        event.time = *time;
        event.level = level == kCritical ? LoggedEvent::Level::Critical : LoggedEvent::Level::Error;
        event.source = *row[3];
        event.id = static_cast<std::uint32_t>(*id);
        event.message = shortened(std::string(trimmed(row[5].value_or(std::string()))));
    }
    return events;
}

} // namespace sextant::platform::parse
