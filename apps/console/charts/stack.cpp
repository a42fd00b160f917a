// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/charts/stack.h"

#include <algorithm>

namespace sextant::console {
namespace {

struct Moment {
    std::int64_t time = 0;
    std::vector<double> sums; ///< of the layers up to and with this one
    [[nodiscard]] double total() const { return sums.back(); }
};

std::vector<Moment> momentsOf(std::span<const std::span<const Bucket>> layers, TimeSpan window)
{
    std::vector<Moment> moments;
    std::vector<std::size_t> at(layers.size(), 0);
    for (const Bucket& base : layers.front()) {
        if (base.time < window.from || base.time >= window.to)
            continue;
        Moment moment{base.time, std::vector<double>(layers.size())};
        double sum = 0;
        for (std::size_t layer = 0; layer < layers.size(); ++layer) {
            while (at[layer] < layers[layer].size() && layers[layer][at[layer]].time < base.time)
                ++at[layer];
            if (at[layer] < layers[layer].size() && layers[layer][at[layer]].time == base.time)
                sum += layers[layer][at[layer]].average;
            moment.sums[layer] = sum;
        }
        moments.push_back(std::move(moment));
    }
    return moments;
}

void append(StackRun& run, const Moment& moment)
{
    run.edges.resize(moment.sums.size());
    for (std::size_t layer = 0; layer < moment.sums.size(); ++layer)
        run.edges[layer].append(QPointF(static_cast<double>(moment.time), moment.sums[layer]));
}

} // namespace

std::vector<StackRun> stackToColumns(
    std::span<const std::span<const Bucket>> layers, TimeSpan window, int pixels, std::int64_t gapMs)
{
    std::vector<StackRun> runs;
    if (layers.empty() || window.length() <= 0 || pixels <= 0)
        return runs;
    const double columnMs = static_cast<double>(window.length()) / pixels;
    const std::vector<Moment> moments = momentsOf(layers, window);
    for (std::size_t start = 0; start < moments.size();) {
        const auto column =
            static_cast<std::int64_t>(static_cast<double>(moments[start].time - window.from) / columnMs);
        const bool cut = start == 0 || moments[start].time - moments[start - 1].time > gapMs;
        std::size_t end = start + 1;
        std::size_t least = start;
        std::size_t greatest = start;
        while (end < moments.size() && moments[end].time - moments[end - 1].time <= gapMs &&
               static_cast<std::int64_t>(static_cast<double>(moments[end].time - window.from) / columnMs) == column) {
            least = moments[end].total() < moments[least].total() ? end : least;
            greatest = moments[end].total() > moments[greatest].total() ? end : greatest;
            ++end;
        }
        if (cut)
            runs.emplace_back();
        append(runs.back(), moments[std::min(least, greatest)]);
        if (least != greatest)
            append(runs.back(), moments[std::max(least, greatest)]);
        start = end;
    }
    return runs;
}

} // namespace sextant::console
