// SPDX-License-Identifier: GPL-3.0-or-later
// Pushed text under any path: a group that is taken has a job, and its labels stand on every sample.
#include "server/receivers/text_push.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace sextant;
using namespace sextant::server;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    // Lines up to an empty one are the path, the rest is the body.
    std::string_view text(reinterpret_cast<const char*>(data), size);
    std::vector<std::string> segments;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty())
            break;
        segments.emplace_back(line);
    }
    const auto grouping = readGrouping(segments);
    if (!grouping)
        return 0;
    if (std::ranges::find(*grouping, "job", &metrics::Label::name) == grouping->end())
        std::abort();
    const auto intake = readTextPush(text, metrics::ExpositionFormat::Text, *grouping, 1'000);
    if (!intake)
        return 0;
    for (const SampleSeries& series : intake->series) {
        for (const metrics::Label& label : *grouping) {
            if (std::ranges::count(series.labels, label) != 1)
                std::abort();
        }
    }
    return 0;
}
