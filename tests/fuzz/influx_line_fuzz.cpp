// SPDX-License-Identifier: GPL-3.0-or-later
// InfluxDB lines: names that Prometheus takes come out of any, and nothing is lost without a word.
#include "metrics/labels.h"
#include "server/receivers/influx_line.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>

using namespace sextant;
using namespace sextant::server;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const InfluxRequest request{static_cast<InfluxPrecision>(data[0] % 6), data[0] % 2 == 0 ? "" : "db", 1'000};
    const auto intake = readInfluxLines({reinterpret_cast<const char*>(data) + 1, size - 1}, request);
    if (!intake)
        return 0;
    for (const SampleSeries& series : intake->series) {
        if (!metrics::isMetricName(series.name) || series.samples.size() != 1 || series.item == 0 ||
            !std::isfinite(series.samples[0].value))
            std::abort();
        for (const metrics::Label& label : series.labels) {
            if (!metrics::isLabelName(label.name))
                std::abort();
        }
    }
    if (intake->received.refused < intake->received.items.size())
        std::abort();
    return 0;
}
