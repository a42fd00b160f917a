// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/codec.h"
#include "server/ingest/sample_sink.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sextant::server {

/// Checks a series by the rules of names and labels (docs/api.md), puts the destination's labels on it and arranges
/// them. Gives what is wrong with it, with its item.
[[nodiscard]] std::optional<RefusedItem> prepareSeries(SampleSeries& series, const Destination& to);

/// Gathers samples into frames by family and time, and remembers where each row came from. Used by one thread.
class SampleFrames {
public:
    explicit SampleFrames(Destination to) : m_to(std::move(to)) {}

    /// Takes the samples of a prepared series. What its column cannot hold is refused.
    void add(const SampleSeries& series, Received& received);

    /// The frames as a batch that says it was made at `nowMs`. Once.
    [[nodiscard]] metrics::DecodedBatch takeBatch(std::int64_t nowMs);
    [[nodiscard]] std::size_t samples() const { return m_samples; }

    /// Adds what ingest left out of the batch.
    void addRefusals(const metrics::Refusals& refusals, Received& received) const;

private:
    struct Origin {
        std::size_t item = 0;
        std::size_t samples = 0; ///< more than one where columns share a row
    };
    struct Place {
        const metrics::Family* family = nullptr;
        std::size_t column = 0;
        std::vector<std::string> labels; ///< values in the order of the family's keys
    };

    [[nodiscard]] Place placeOf(const SampleSeries& series) const;
    [[nodiscard]] bool catalogueLabels(const SampleSeries& series, Place& place) const;
    std::size_t frameFor(const metrics::Family& family, std::int64_t timeMs);
    std::size_t rowFor(std::size_t frame, const Place& place, std::size_t item);

    const Destination m_to;
    std::vector<metrics::Frame> m_frames;
    std::vector<std::vector<Origin>> m_origins; ///< of each row of each frame
    std::map<std::pair<const metrics::Family*, std::int64_t>, std::size_t> m_open;
    std::map<std::pair<std::size_t, std::vector<std::string>>, std::size_t> m_rows; ///< of families of the catalogue
    std::size_t m_samples = 0;
};

} // namespace sextant::server
