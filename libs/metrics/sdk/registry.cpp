// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/sdk/registry.h"

#include "metrics/exposition_writer.h"
#include "metrics/labels.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <type_traits>

namespace sextant::metrics::sdk {
namespace {

using Type = MetricType;

Result<void> checkNames(Type type, std::string_view name, const Labels& labels)
{
    if (!isMetricName(name))
        return fail(
            ErrorCode::Invalid, "no name for a metric: \"" + std::string(name) + "\"; letters, digits, _ and :");
    if (type == Type::Counter && !name.ends_with("_total"))
        return fail(ErrorCode::Invalid, "the name of a counter ends in _total: " + std::string(name));
    for (const auto& [key, value] : labels) {
        if (!isLabelName(key) || key.starts_with("__") || (type == Type::Histogram && key == "le"))
            return fail(ErrorCode::Invalid, std::string(name) + ": no name for a label: \"" + key + '"');
    }
    return {};
}

Result<void> checkBounds(std::string_view name, std::span<const double> bounds)
{
    const bool finite = std::ranges::all_of(bounds, [](double bound) { return std::isfinite(bound); });
    if (bounds.empty() || !finite || std::ranges::adjacent_find(bounds, std::greater_equal{}) != bounds.end())
        return fail(ErrorCode::Invalid, std::string(name) + ": bounds must be finite and rise");
    return {};
}

using LabelViews = std::vector<std::pair<std::string_view, std::string_view>>;

void write(MetricSink& sink, const LabelViews& labels, const Counter& counter)
{
    sink.sample(counter.value(), labels);
}

void write(MetricSink& sink, const LabelViews& labels, const Gauge& gauge)
{
    sink.sample(gauge.value(), labels);
}

void write(MetricSink& sink, LabelViews labels, const Histogram& histogram)
{
    const Histogram::Reading reading = histogram.read();
    const auto count = static_cast<double>(reading.cumulative.back());
    labels.emplace_back("le", "");
    for (std::size_t bucket = 0; bucket < reading.cumulative.size(); ++bucket) {
        const std::string bound =
            bucket < histogram.bounds().size() ? expositionNumber(histogram.bounds()[bucket]) : "+Inf";
        labels.back().second = bound;
        sink.sample(static_cast<double>(reading.cumulative[bucket]), labels, "_bucket");
    }
    labels.pop_back();
    sink.sample(reading.sum, labels, "_sum");
    sink.sample(count, labels, "_count");
}

} // namespace

template <typename T>
Result<T*> Registry::find(
    Type type, std::string_view name, std::string_view help, const Labels& labels, std::span<const double> bounds)
{
    if (auto checked = checkNames(type, name, labels); !checked)
        return tl::unexpected(checked.error());

    const std::lock_guard lock(m_mutex);
    auto metric = m_metrics.find(name);
    if (metric != m_metrics.end()) {
        const Metric& known = metric->second;
        if (known.type != type || known.help != help || !std::ranges::equal(known.bounds, bounds))
            return fail(ErrorCode::Conflict,
                std::string(name) + " is there already, of another kind or with another help or bounds");
        if (const auto series = known.series.find(labels); series != known.series.end())
            return std::get<std::unique_ptr<T>>(series->second).get();
    }
    if (m_series == kSeries)
        return fail(ErrorCode::TooLarge,
            std::string(name) + ": this program has " + std::to_string(kSeries) + " label sets already");

    std::unique_ptr<T> made;
    if constexpr (std::is_same_v<T, Histogram>)
        made = std::make_unique<Histogram>(bounds);
    else
        made = std::make_unique<T>();
    T* const instrument = made.get();
    if (metric == m_metrics.end())
        metric = m_metrics.emplace(name, Metric{type, std::string(help), {bounds.begin(), bounds.end()}, {}}).first;
    metric->second.series.emplace(labels, std::move(made));
    ++m_series;
    return instrument;
}

Result<Counter*> Registry::counter(std::string_view name, std::string_view help, const Labels& labels)
{
    return find<Counter>(Type::Counter, name, help, labels);
}

Result<Gauge*> Registry::gauge(std::string_view name, std::string_view help, const Labels& labels)
{
    return find<Gauge>(Type::Gauge, name, help, labels);
}

Result<Histogram*> Registry::histogram(
    std::string_view name, std::string_view help, std::span<const double> bounds, const Labels& labels)
{
    if (auto checked = checkBounds(name, bounds); !checked)
        return tl::unexpected(checked.error());
    return find<Histogram>(Type::Histogram, name, help, labels, bounds);
}

void Registry::addCollector(Collector collector)
{
    const std::lock_guard lock(m_mutex);
    m_collectors.push_back(std::move(collector));
}

void Registry::write(MetricSink& sink) const
{
    const std::lock_guard lock(m_mutex);
    for (const auto& [name, metric] : m_metrics) {
        sink.begin(name, metric.type, metric.help);
        for (const auto& [labels, instrument] : metric.series) {
            const LabelViews views(labels.begin(), labels.end());
            std::visit([&](const auto& one) { sdk::write(sink, views, *one); }, instrument);
        }
    }
    for (const Collector& collector : m_collectors)
        collector(sink);
}

std::string Registry::text() const
{
    ExpositionWriter writer;
    write(writer);
    return writer.take();
}

} // namespace sextant::metrics::sdk
