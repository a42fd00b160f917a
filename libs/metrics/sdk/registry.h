// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/metric_sink.h"
#include "metrics/result.h"
#include "metrics/sdk/instruments.h"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sextant::metrics::sdk {

/// Label keys and values, sorted by key.
using Labels = std::map<std::string, std::string, std::less<>>;

/// The metrics of a program. Asking for one that is there gives the same one again. Thread-safe; asking takes a lock
/// and a search: keep the pointer where it counts.
///
/// Errors of counter(), gauge() and histogram(), all a mistake of the program: Invalid (a name or label that Prometheus
/// has not, a counter whose name does not end in `_total`, bounds that do not rise), Conflict (the name is that of
/// another kind of metric, or its help or bounds are others), TooLarge (more than kSeries).
class Registry {
public:
    /// Label sets in all: a label that holds an address or an id must not eat the program's memory.
    static constexpr std::size_t kSeries = 10'000;

    Registry() = default;
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    [[nodiscard]] Result<Counter*> counter(std::string_view name, std::string_view help, const Labels& labels = {});
    [[nodiscard]] Result<Gauge*> gauge(std::string_view name, std::string_view help, const Labels& labels = {});
    [[nodiscard]] Result<Histogram*> histogram(
        std::string_view name, std::string_view help, std::span<const double> bounds, const Labels& labels = {});

    /// Something that is read when it is asked for, such as what the process costs. Called by write(), on its thread.
    using Collector = std::function<void(MetricSink&)>;
    void addCollector(Collector collector);

    /// Everything, sorted by name and labels, then the collectors'.
    void write(MetricSink& sink) const;

    /// As Prometheus scrapes it: the body of an answer of type `text/plain; version=0.0.4`.
    [[nodiscard]] std::string text() const;

private:
    using Instrument = std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>, std::unique_ptr<Histogram>>;
    struct Metric {
        MetricType type{};
        std::string help;
        std::vector<double> bounds; ///< of a histogram
        std::map<Labels, Instrument> series;
    };

    template <typename T>
    Result<T*> find(MetricType type, std::string_view name, std::string_view help, const Labels& labels,
        std::span<const double> bounds = {});

    mutable std::mutex m_mutex;
    std::map<std::string, Metric, std::less<>> m_metrics;
    std::size_t m_series = 0;
    std::vector<Collector> m_collectors;
};

} // namespace sextant::metrics::sdk
