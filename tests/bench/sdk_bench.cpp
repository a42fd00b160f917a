// SPDX-License-Identifier: GPL-3.0-or-later
// What counting costs a program: nanoseconds per call, one thread, nobody else at the instrument.
#include "metrics/sdk/registry.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <vector>

using namespace sextant::metrics::sdk;

namespace {

constexpr int kCalls = 5'000'000;
constexpr std::size_t kRuns = 9;

template <typename Call>
void measure(const char* name, Call call)
{
    std::array<double, kRuns> runs{};
    for (double& nanoseconds : runs) {
        const auto started = std::chrono::steady_clock::now();
        for (int at = 0; at < kCalls; ++at)
            call(at);
        nanoseconds =
            std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - started).count() / kCalls;
    }
    std::ranges::sort(runs);
    std::printf("{\"name\": \"%s\", \"value\": %.2f, \"unit\": \"ns\"}\n", name, runs[kRuns / 2]);
}

} // namespace

int main()
{
    Registry registry;
    const std::vector<double> bounds = durationBounds();
    Counter& counter = *registry.counter("bench_total", "Bench.").value();
    Gauge& gauge = *registry.gauge("bench", "Bench.").value();
    Histogram& histogram = *registry.histogram("bench_seconds", "Bench.", bounds).value();

    measure("sdk_counter_increment", [&](int) { counter.increment(); });
    measure("sdk_gauge_set", [&](int at) { gauge.set(at); });
    measure("sdk_histogram_observe_11_bounds", [&](int at) { histogram.observe((at % 1'000) / 100.0); });
    return counter.value() == double{kCalls} * kRuns ? 0 : 1;
}
