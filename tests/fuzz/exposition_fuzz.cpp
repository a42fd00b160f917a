// SPDX-License-Identifier: GPL-3.0-or-later
// Metrics as text, in both formats: what is read has names that Prometheus takes, and labels that come back from their
// text.
#include "metrics/exposition_parser.h"
#include "metrics/labels.h"

#include <cstdint>
#include <cstdlib>

using namespace sextant::metrics;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const auto format = data[0] % 2 == 0 ? ExpositionFormat::Text : ExpositionFormat::OpenMetrics;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    auto exposition = parseExposition(text, format, 1'000);
    if (!exposition)
        return 0;
    for (ExposedSample& sample : exposition->samples) {
        if (!isMetricName(sample.name) || sample.line == 0)
            std::abort();
        if (!arrange(sample.labels))
            continue;
        const auto again = parseLabelText(labelText(sample.labels));
        if (!again || *again != sample.labels)
            std::abort();
    }
    return 0;
}
