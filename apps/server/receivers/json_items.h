// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/labels.h"
#include "server/ingest/sample_sink.h"
#include "server/receivers/json_text.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sextant::server {

// What the JSON shapes have in common: an array of items, each a sample with a name and labels.

/// Text from outside in quotes, printable and short, to be shown in a message.
[[nodiscard]] std::string inQuotes(std::string_view text);

/// Reads the object `labels` of an item. False: a value is no text. At most one more than SampleSink::kMaxLabels are
/// read, which the sink refuses.
[[nodiscard]] bool readLabels(const JsonValue& item, metrics::Labels& labels);
[[nodiscard]] bool hasEmptyPart(const metrics::Labels& labels);

/// 0 for what is no array. More than 16,777,215 are counted as that many.
[[nodiscard]] std::size_t itemCount(const std::optional<JsonValue>& array);

/// Makes a series of each item, with its `type` where it has one, by `read(item, series)`, which gives what is wrong
/// with it, or an empty text. TooLarge where there are more items than the sink takes.
template <typename Read>
Result<Intake> readItems(const std::optional<JsonValue>& array, Read&& read)
{
    if (itemCount(array) > SampleSink::kMaxSamples)
        return fail(
            ErrorCode::TooLarge, "more than " + std::to_string(SampleSink::kMaxSamples) + " metrics in one request");
    Intake intake;
    std::size_t index = 0;
    (void)eachItem(array, [&](const JsonValue& item) {
        SampleSeries series{index, {}, {}, {}};
        if (std::string fault = read(item, series); !fault.empty()) {
            intake.received.refuse(index, "bad_item", std::move(fault));
        } else {
            const std::string_view type = textMember(item, "type").value_or("");
            const std::string_view name = type == "histogram" ? withoutPart(series.name) : series.name;
            if (!type.empty() && (intake.described.empty() || intake.described.back().name != name))
                intake.described.push_back({std::string(name), std::string(type), {}, {}});
            intake.series.push_back(std::move(series));
        }
        ++index;
        return true;
    });
    return intake;
}

} // namespace sextant::server
