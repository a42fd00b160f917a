// SPDX-License-Identifier: GPL-3.0-or-later
#include "oracle/samples.h"

#include "metrics/batch.h"
#include "metrics/families.h"
#include "metrics/remote_write.h"
#include "promql/series_source.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <random>
#include <utility>

namespace sextant::oracle {
namespace {

constexpr std::int64_t kStepMs = 15'000;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

class Maker {
public:
    Maker(std::int64_t startMs, std::int64_t endMs, bool pauses) : m_startMs(startMs), m_endMs(endMs), m_pauses(pauses)
    {
    }

    using Value = std::function<double(std::int64_t timeMs)>;
    using IsThere = std::function<bool(std::int64_t timeMs)>;

    void add(std::string name, metrics::Labels labels, const Value& value, const IsThere& isThere = {},
        std::int64_t stepMs = kStepMs)
    {
        OracleSeries series{std::move(name), std::move(labels), {}, {}};
        // Of the same instance all come at the same odd times, as a scrape gives them.
        const std::int64_t phase = static_cast<std::int64_t>(series.labels.front().value.back()) * 137 % stepMs;
        bool wasThere = false;
        for (std::int64_t time = m_startMs + phase; time < m_endMs; time += stepMs) {
            const double next = value(time); // a counter counts while nobody looks
            const bool marksEnd = std::exchange(wasThere, !isPaused(time)) && isPaused(time);
            if ((isThere && !isThere(time)) || (isPaused(time) && !marksEnd))
                continue;
            series.timesMs.push_back(time + time / kStepMs % 7);
            series.values.push_back(marksEnd ? promql::staleMarker() : next);
        }
        all.push_back(std::move(series));
    }

    double uniform() { return std::uniform_real_distribution<double>(0, 1)(m_random); }
    std::uint64_t below(std::uint64_t end) { return m_random() % end; }

    std::vector<OracleSeries> all;

private:
    /// Of every 11 minutes some series miss 4, a few of them 2, others others.
    [[nodiscard]] bool isPaused(std::int64_t timeMs) const
    {
        const auto minutes = (timeMs - m_startMs) / 60'000 + 3 * static_cast<std::int64_t>(all.size());
        return m_pauses && (minutes % 11 < 4 || minutes % 13 < 2);
    }

    const std::int64_t m_startMs;
    const std::int64_t m_endMs;
    const bool m_pauses;
    std::mt19937_64 m_random{42};
};

metrics::Labels labels(std::string instance, std::string job, metrics::Labels more = {})
{
    metrics::Labels all{{"instance", std::move(instance)}, {"job", std::move(job)}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

std::int64_t minute(std::int64_t timeMs)
{
    return (timeMs - kStartMs) / 60'000;
}

void addCounters(Maker& maker)
{
    for (const char* job : {"api", "web"}) {
        for (const char* instance : {"a:1", "b:2", "c:3"}) {
            for (const char* code : {"200", "404", "500"}) {
                double count = 100 * maker.uniform();
                maker.add(
                    "http_requests_total", labels(instance, job, {{"code", code}}), [&maker, count](auto) mutable {
                        count = maker.below(400) == 0 ? 0 : count + static_cast<double>(maker.below(20));
                        return count;
                    });
            }
        }
    }
    for (const char* instance : {"a:1", "b:2"}) {
        for (const char* mode : {"user", "system", "idle"}) {
            for (const char* cpu : {"0", "1"}) {
                double seconds = 0;
                maker.add("cpu_seconds_total", labels(instance, "node", {{"cpu", cpu}, {"mode", mode}}),
                    [&maker, seconds](auto) mutable { return seconds += 15 * maker.uniform(); });
            }
        }
    }
    // Slow, with long holes: few samples per window.
    maker.add(
        "slow_total", labels("a:1", "slow"), [count = 0.0](auto) mutable { return ++count; },
        [](std::int64_t time) { return minute(time) % 40 < 25; }, 120'000);
    // From nothing to something in the middle.
    maker.add(
        "late_total", labels("c:3", "api"), [count = 0.0](auto) mutable { return count += 3; },
        [](std::int64_t time) { return minute(time) >= 70; });
}

void addGauges(Maker& maker)
{
    const std::array<const char*, 4> rooms{"north", "south", "küche", "a \"b\" \\ c"};
    for (const char* room : rooms) {
        const double phase = maker.uniform() * 6;
        maker.add("temperature_celsius", labels("a:1", "home", {{"room", room}}), [phase](std::int64_t time) {
            return 10 * std::sin(phase + static_cast<double>(time - kStartMs) / 900'000);
        });
    }
    maker.add(
        "temperature_celsius", labels("b:2", "home", {{"room", "cellar"}}), [](auto) { return 8.0; },
        [](std::int64_t time) { return minute(time) < 60 || minute(time) > 80; });
    for (const char* instance : {"a:1", "b:2", "c:3"}) {
        maker.add("memory_used_bytes", labels(instance, "node"),
            [&maker](auto) { return std::floor(8e9 * maker.uniform()); });
        maker.add("memory_total_bytes", labels(instance, "node"), [](auto) { return 8e9; });
        maker.add("up", labels(instance, "node"), [&maker](auto) { return maker.below(5) == 0 ? 0.0 : 1.0; });
    }
    maker.add(
        "ended", labels("b:2", "api"), [&maker](auto) { return maker.uniform() - 0.5; },
        [](std::int64_t time) { return minute(time) < 95; });
    maker.add("odd", labels("a:1", "odd", {{"kind", "mixed"}}), [&maker](auto) {
        const std::array<double, 8> values{kNan, kInfinity, -kInfinity, 0, -0.0, 1, -1, 1e300};
        return values[maker.below(values.size())];
    });
    maker.add("odd", labels("a:1", "odd", {{"kind", "nan"}}), [](auto) { return kNan; });
    maker.add("odd", labels("a:1", "odd", {{"kind", "large"}}), [&maker](auto) { return 1e18 * maker.uniform(); });
    maker.add("odd", labels("a:1", "odd", {{"kind", "small"}}), [&maker](auto) { return 1e-12 * maker.uniform(); });
    maker.add("version_info", labels("a:1", "api", {{"version", "1.2.3"}}), [](auto) { return 1.0; });
    maker.add("version_info", labels("b:2", "api", {{"version", "1.3.0"}}), [](auto) { return 1.0; });
    maker.add("date_seconds", labels("a:1", "odd"), [](std::int64_t time) { return static_cast<double>(time) / 40; });
}

void addHistograms(Maker& maker)
{
    const std::array<const char*, 6> bounds{"0.1", "0.25", "0.5", "1", "2.5", "+Inf"};
    for (const char* instance : {"a:1", "b:2"}) {
        // Each bucket adds its own to those below it, so that they stay cumulative.
        std::vector<std::vector<double>> counts; // by bucket, then by time
        for (std::size_t bucket = 0; bucket < bounds.size(); ++bucket) {
            std::vector<double>& own = counts.emplace_back();
            double count = 0;
            maker.add("request_seconds_bucket", labels(instance, "api", {{"le", bounds[bucket]}}), [&](auto) {
                count += static_cast<double>(maker.below(6));
                const double below = bucket == 0 ? 0 : counts[bucket - 1][own.size()];
                own.push_back(below + count);
                return own.back();
            });
        }
        maker.add("request_seconds_count", labels(instance, "api"),
            [total = counts.back(), at = std::size_t{0}](auto) mutable { return total[at++]; });
        maker.add("request_seconds_sum", labels(instance, "api"),
            [&maker, sum = 0.0](auto) mutable { return sum += 4 * maker.uniform(); });
    }
}

std::vector<OracleSeries> make(Maker maker)
{
    addCounters(maker);
    addGauges(maker);
    addHistograms(maker);
    return std::move(maker.all);
}

std::string numberText(double value)
{
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "+Inf" : "-Inf";
    std::array<char, 32> text{};
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string secondsText(std::int64_t timeMs)
{
    std::string fraction = std::to_string(timeMs % 1'000);
    return std::to_string(timeMs / 1'000) + '.' + std::string(3 - fraction.size(), '0') + fraction;
}

} // namespace

std::vector<OracleSeries> makeSamples()
{
    return make(Maker(kStartMs, kEndMs, false));
}

std::vector<OracleSeries> makeStaleSamples()
{
    return make(Maker(kStaleStartMs, kStaleEndMs, true));
}

std::string toOpenMetrics(const std::vector<OracleSeries>& all)
{
    std::string text;
    for (const OracleSeries& series : all) {
        const std::string head = series.name + '{' + metrics::labelText(series.labels) + "} ";
        for (std::size_t i = 0; i < series.timesMs.size(); ++i)
            text += head + numberText(series.values[i]) + ' ' + secondsText(series.timesMs[i]) + '\n';
    }
    return text + "# EOF\n";
}

std::string toRemoteWrite(const std::vector<OracleSeries>& all)
{
    std::vector<metrics::RemoteSeries> written;
    for (const OracleSeries& series : all) {
        if (series.timesMs.empty())
            continue;
        metrics::RemoteSeries& one = written.emplace_back();
        one.labels = series.labels;
        one.labels.push_back({"__name__", series.name});
        std::ranges::sort(one.labels);
        for (std::size_t i = 0; i < series.timesMs.size(); ++i)
            one.samples.push_back({series.timesMs[i], series.values[i]});
    }
    return metrics::encodeRemoteWrite(written);
}

Result<void> store(server::Store& store, server::HostId host, const std::vector<OracleSeries>& all)
{
    std::map<std::int64_t, metrics::Frame> frames;
    for (const OracleSeries& series : all) {
        metrics::Labels sorted = series.labels;
        if (auto arranged = metrics::arrange(sorted); !arranged)
            return arranged;
        for (std::size_t i = 0; i < series.timesMs.size(); ++i) {
            const std::int64_t time = series.timesMs[i];
            metrics::Frame& frame = frames.try_emplace(time, metrics::family("custom"), time, 0U).first->second;
            const std::size_t row = frame.addRow({series.name, metrics::labelText(sorted)});
            frame.setCell(row, 0, metrics::Value::real(series.values[i]));
        }
    }
    metrics::Batch batch;
    batch.id = metrics::BatchId::make(frames.begin()->first, {1});
    for (auto& [time, frame] : frames)
        batch.frames.push_back(std::move(frame));
    const server::HostBatch one{host, &batch};
    const auto stored = store.append({&one, 1}, {});
    if (!stored)
        return tl::unexpected(stored.error());
    return {};
}

} // namespace sextant::oracle
