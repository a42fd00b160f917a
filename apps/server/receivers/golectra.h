// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/ingest/sample_sink.h"
#include "server/receivers/writer.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sextant::server {

/// One metric as Golectra's protocol has it: a gauge that is set, or a counter that grows by a difference.
struct GolectraMetric {
    std::size_t item = 0;
    std::string id;
    bool isCounter = false;
    double value = 0; ///< a gauge's value, a counter's difference or its total
};

struct GolectraUpdate {
    std::vector<GolectraMetric> metrics;
    Received received; ///< what was refused
};

/// Read `{"id": "Alloc", "type": "gauge", "value": 1.5}`, `{"id": "PollCount", "type": "counter", "delta": 5}`, one or
/// (`isList`) an array of them. Bad items are refused one by one; Malformed, Invalid: nothing is taken.
[[nodiscard]] Result<GolectraUpdate> readGolectra(const std::string& body, bool isList);
/// The same of `/update/{type}/{name}/{value}`.
[[nodiscard]] Result<GolectraUpdate> readGolectraPath(const std::vector<std::string>& path);
/// What `POST /value` asks for; value is not set.
[[nodiscard]] Result<GolectraMetric> readGolectraQuestion(const std::string& body);
[[nodiscard]] Result<GolectraMetric> golectraQuestion(std::string_view type, std::string_view id);

/// HashSHA256 of Golectra: hex of SHA-256 over the body followed by the key.
[[nodiscard]] std::string golectraHash(std::string_view body, std::string_view key);
/// Compares in constant time, either case.
[[nodiscard]] bool isGolectraHash(std::string_view given, std::string_view body, std::string_view key);

/// The last values that Golectra's agents sent, per writer: its counters come as differences, and `/value` asks for
/// them. Held in memory; what was stored before the server started is put in with restore(). The counter PollCount is
/// taken as a total, for that is what Golectra's agent sends. Owned by main; any thread.
class GolectraValues {
public:
    static constexpr std::size_t kMaxPerWriter = 20'000;

    /// Whether anything was applied or restored.
    [[nodiscard]] bool isKnown(const Writer& writer) const;
    /// Puts in what is not known. `series`: names and values as apply() made them.
    void restore(const Writer& writer, const std::vector<std::pair<std::string, double>>& series);

    /// Applies an update and makes series of it: gauges under their names, counters as `<name>_total`. Metrics past
    /// kMaxPerWriter are refused. The metrics get their values after it.
    [[nodiscard]] Intake apply(const Writer& writer, GolectraUpdate& update, std::int64_t nowMs);
    /// Takes the differences of an update that could not be stored back, so that it may be sent again.
    void undo(const Writer& writer, const GolectraUpdate& before);
    [[nodiscard]] std::optional<double> find(const Writer& writer, bool isCounter, const std::string& id) const;

private:
    using Key = std::pair<bool, std::string>;
    struct Last {
        double value = 0;
        std::int64_t atMs = 0; ///< of its sample: two updates within a millisecond must not share one
    };

    mutable std::mutex m_mutex;
    std::map<Writer, std::map<Key, Last>> m_values;
};

} // namespace sextant::server
