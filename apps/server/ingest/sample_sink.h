// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/labels.h"
#include "metrics/result.h"
#include "server/hosts/host_id.h"
#include "server/ingest/ingest.h"
#include "server/ingest/metric_descriptions.h"
#include "server/storage/clock.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::server {

/// The ways in for programs without an agent.
enum class Way : std::uint8_t { RemoteWrite, Influx, Push, Otlp, MiniObserv, TinyObs, Golectra, Metricsd, Spectra };
inline constexpr std::size_t kWays = 9;

/// The name of a way in /metrics, e.g. "remote_write".
[[nodiscard]] std::string_view wayName(Way way);

struct Sample {
    std::int64_t timeMs = 0; ///< Unix time
    double value = 0;        ///< any, NaNs and infinities too
};

/// Samples of one series, as a request says them. `item` is their place in the request as its sender counts (series,
/// line): what errors name.
struct SampleSeries {
    std::size_t item = 0;
    std::string name;
    metrics::Labels labels; ///< without the name; in any order
    std::vector<Sample> samples;
};

/// Something of a request that was left out. `reason` is one of the words of docs/api.md, `detail` one sentence for
/// people.
struct RefusedItem {
    std::size_t item = 0;
    std::string_view reason;
    std::string detail;
};

/// What became of a request: the parser begins it, the sink completes it. A plain value.
struct Received {
    static constexpr std::size_t kListed = 100;

    std::size_t stored = 0;         ///< samples, now or before
    std::size_t refused = 0;        ///< samples, or items where a parser could not tell
    std::vector<RefusedItem> items; ///< the first kListed of what was refused

    void refuse(std::size_t item, std::string_view reason, std::string detail, std::size_t samples = 1)
    {
        refused += samples;
        if (items.size() < kListed)
            items.push_back({item, reason, std::move(detail)});
    }
};

/// What a parser makes of a request.
struct Intake {
    std::vector<SampleSeries> series;
    Received received;                          ///< what it refused
    std::vector<MetricDescription> described{}; ///< what it says of its metrics, the last word last
};

/// Where samples go: the host that an API key writes into.
struct Destination {
    HostId host;
    std::string name;         ///< of the host
    bool isMachine = false;   ///< names and labels of the catalogue's families go into these
    metrics::Labels labels{}; ///< forced onto every series, arranged
};

/// Where all ways in for programs end: labelled samples become frames of a batch of their host and go through Ingest as
/// an agent's do. Prometheus' rules for names and labels hold. A series becomes an instance of the family `custom`;
/// where the host is a machine and name and labels are those of a column of the catalogue (`instance` of that host and
/// `job` aside), its values go into that column. What came before is left out silently. Owned by main; any thread may
/// call.
class SampleSink {
public:
    using Done = std::function<void(const Result<Received>&)>;

    static constexpr std::size_t kMaxSamples = 100'000;   ///< in a request; parsers stop there with TooLarge
    static constexpr std::size_t kMaxLabels = 64;         ///< of a series
    static constexpr std::size_t kMaxNameBytes = 256;     ///< of a metric's or a label's name
    static constexpr std::size_t kMaxValueBytes = 2'048;  ///< of a label's value
    static constexpr std::size_t kMaxLabelsBytes = 4'096; ///< of labelText()

    SampleSink(Ingest& ingest, Clock clock) : m_ingest(ingest), m_clock(std::move(clock)) {}

    /// Takes what was in a request. `done` runs exactly once, on this thread
    /// when nothing is left to store or it cannot be queued, else on ingest's. Its errors are those of Ingest: nothing
    /// was stored, send all of it again later.
    void submit(Way way, const Destination& to, Intake intake, Done done);

    /// What programs said of their metrics since the start.
    [[nodiscard]] const MetricDescriptions& descriptions() const { return m_descriptions; }

    /// Samples since the start, for /metrics.
    [[nodiscard]] std::uint64_t stored(Way way) const { return m_stored[static_cast<std::size_t>(way)]; }
    [[nodiscard]] std::uint64_t refused(Way way) const { return m_refused[static_cast<std::size_t>(way)]; }

private:
    void count(Way way, const Received& received);

    Ingest& m_ingest;
    Clock m_clock;
    MetricDescriptions m_descriptions;
    std::array<std::atomic<std::uint64_t>, kWays> m_stored{};
    std::array<std::atomic<std::uint64_t>, kWays> m_refused{};
};

} // namespace sextant::server
