// SPDX-License-Identifier: GPL-3.0-or-later
#include "open_metrics.h"

#include <cstdio>
#include <ostream>
#include <string>

namespace sextant::bench {
namespace {

using namespace sextant::metrics;

std::string labelText(std::string_view host, const Frame& frame, std::size_t row)
{
    std::string text = "{instance=\"" + std::string(host) + '"';
    const auto labels = frame.labels(row);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        text += "," + std::string(frame.family().labels[i]) + "=\"";
        for (const char c : labels[i])
            text += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
        text += '"';
    }
    return text + "} ";
}

} // namespace

void writeSamples(std::ostream& to, std::string_view host, const Frame& frame, std::int64_t timeMs)
{
    for (std::size_t row = 0; row < frame.rowCount(); ++row) {
        const std::string labels = labelText(host, frame, row);
        for (std::size_t i = 0; i < frame.cells(row).size(); ++i) {
            const Column& column = frame.family().columns[i];
            const auto number = toDouble(frame.at(row, i), column);
            if (!number)
                continue;
            char sample[64];
            std::snprintf(sample, sizeof sample, "%.17g %lld\n", *number, static_cast<long long>(timeMs / 1'000));
            to << prometheusName(frame.family(), column) << labels << sample;
        }
    }
}

} // namespace sextant::bench
