// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/runner.h"
#include "logging/log.h"
#include "metrics/frame.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sextant::agent {

/// Gathers what the collectors gave into the frames of the next batch, adds the family `agent_collector` with how each
/// of them did, and logs what went wrong. One thread; does not own the log.
class Assembler {
public:
    Assembler(std::vector<std::string> names, std::uint32_t intervalMs, logging::Log& log);

    void add(Outcome outcome);

    [[nodiscard]] bool empty() const { return m_frames.empty(); }
    /// What came in since the last call.
    [[nodiscard]] std::vector<metrics::Frame> take();
    [[nodiscard]] std::vector<metrics::Document> takeDocuments();

private:
    struct Counts {
        std::uint64_t runs = 0;
        std::uint64_t failures = 0;
        std::uint64_t timeouts = 0;
    };

    metrics::Frame& collectorFrame(std::int64_t tickMs);
    void count(Counts& counts, const Outcome& outcome);
    void log(const std::string& name, const Outcome& outcome);

    std::vector<std::string> m_names; ///< of the collectors, by their place in the runner
    std::vector<Counts> m_counts;
    std::uint32_t m_intervalMs;
    logging::Log& m_log;
    std::vector<metrics::Frame> m_frames;
    std::vector<metrics::Document> m_documents;
};

} // namespace sextant::agent
