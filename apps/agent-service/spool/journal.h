// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/batch.h"
#include "platform/clocks.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::agent {

/// One run of the agent, as it is when it starts.
struct RunFacts {
    std::string run;     ///< a UUID of its own
    std::string bootId;  ///< empty where it cannot be had
    std::string version; ///< of the agent
    platform::Clocks clocks;
};

/// What the agent remembers from one run to the next so that no hole in its data stays unexplained: how many batches it
/// made, when it was last alive and how it ended, and the gap reports that the server does not have yet. Pure: it is
/// loaded from a text and written as a text (JSON), which the spool keeps; clocks are arguments. One thread.
///
/// Gap reports ride in batches. A report is there until the batch that carried it was acknowledged; when that batch was
/// dropped or refused, or died with the agent, the report rides again, so that a server may see one twice.
class Journal {
public:
    static constexpr std::size_t kMaxGaps = 1'000; ///< waiting; past it reports of the same cause become one
    static constexpr std::size_t kMaxGapsPerBatch = 256;
    static constexpr std::int64_t kClockSlackMs = 2'000; ///< by how much clocks may differ without being reported

    /// A new run begins. What became of the one before is reported as soon as load() has said it.
    void begin(const RunFacts& facts);
    /// Takes up what the run before left; empty for a first run. Damaged text counts as empty. `holds` says whether a
    /// batch is still kept. Once.
    void load(std::string_view text, const std::function<bool(const metrics::BatchId&)>& holds);
    [[nodiscard]] bool loaded() const { return m_loaded; }
    [[nodiscard]] std::string text() const;

    /// The agent lives. Reports a sleep of the machine and a clock that was set since the call before.
    void beat(const platform::Clocks& clocks);
    /// The run ends in order; `how`: "stopped by SIGTERM".
    void end(const std::string& how, const platform::Clocks& clocks);

    /// Since when what was collected lies in memory alone, where a kill takes it; nothing: all is on disk or delivered.
    /// The report on the end of this run begins there.
    void setUnkept(std::optional<std::int64_t> fromMs) { m_now.unkeptMs = fromMs; }

    /// The next batch's number; 0 (not counted) as long as the count of the runs before is not known.
    [[nodiscard]] std::uint64_t nextSequence();

    void add(metrics::GapCause cause, std::int64_t fromMs, std::int64_t toMs, std::string_view detail);
    /// Batches were dropped: one report grows with each until it has been sent.
    void addOverflow(std::int64_t fromMs, std::int64_t toMs);

    /// Something began to go wrong; once per `key` until it is closed. "delivery" outlives a run, others do not.
    void open(std::string_view key, metrics::GapCause cause, std::int64_t fromMs, std::string_view detail);
    /// What is open for the key (its `toMs` is 0), or null.
    [[nodiscard]] const metrics::GapReport* openReport(std::string_view key) const;
    /// It is well again: reported when it lasted `leastMs` or longer.
    void close(std::string_view key, std::int64_t toMs, std::int64_t leastMs);
    static constexpr std::string_view kDelivery = "delivery";

    /// The reports that the batch `id` shall carry.
    [[nodiscard]] std::vector<metrics::GapReport> assign(const metrics::BatchId& id);
    /// True when the batch carried reports: they are done with.
    bool delivered(const metrics::BatchId& id);
    /// The batch is gone and was not delivered: its reports ride again.
    void lost(const metrics::BatchId& id);

private:
    struct Waiting {
        metrics::GapReport gap;
        std::string carrier; ///< the batch that carries it; empty: none yet
    };
    struct Open {
        std::string key;
        metrics::GapReport gap;
    };
    struct Run {
        RunFacts facts; ///< clocks: when it was last alive
        std::string ended;
        std::optional<std::int64_t> unkeptMs;
    };

    void reportRunBefore(const Run& before);
    void closeOpenOf(const Run& before);

    std::uint64_t m_sequence = 0;
    RunFacts m_start;
    Run m_now;
    std::vector<Waiting> m_waiting;
    std::vector<Open> m_open;
    bool m_loaded = false;
};

} // namespace sextant::agent
