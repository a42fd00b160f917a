// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/block.h"
#include "metrics/counter.h"
#include "server/query/rolled_cells.h"
#include "server/query/series.h"
#include "server/storage/store.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <unordered_map>
#include <vector>

namespace sextant::server {

/// Where the bucket of a width that holds a time begins.
[[nodiscard]] constexpr std::int64_t bucketStart(std::int64_t timeMs, std::int64_t stepMs)
{
    return timeMs - timeMs % stepMs;
}

/// How many buckets the answer has.
[[nodiscard]] std::size_t bucketCount(const SeriesAnswer& answer);

/// What has been seen of one bucket of one column.
struct Bucket {
    double sum = 0;
    double min = std::numeric_limits<double>::infinity();
    double max = -std::numeric_limits<double>::infinity();
    double last = std::numeric_limits<double>::quiet_NaN();
    std::uint64_t count = 0;

    void add(double value);
    /// NaN where nothing was seen.
    [[nodiscard]] double read(Aggregate aggregate) const;
};

/// One column of one instance: where the samples go, one after another in order of time.
class ColumnSeries {
public:
    ColumnSeries(const metrics::Column& column, std::size_t buckets);

    /// A sample from before a stretch: only what a counter grows from.
    void prime(std::int64_t timeMs, metrics::Value value);
    void add(std::size_t bucket, std::int64_t timeMs, std::uint32_t intervalMs, metrics::Value value);
    /// A bucket of a tier, which lies in `bucket` wholly.
    void add(std::size_t bucket, const RolledCell& cell);
    /// What comes next does not follow on what came before.
    void cut() { m_before.reset(); }

    [[nodiscard]] std::vector<double> read(Aggregate aggregate) const;

private:
    [[nodiscard]] double toNumber(metrics::Value value) const;

    bool m_isCounter;
    double m_factor; ///< divided by, not multiplied with its inverse: 71.32 stays 71.32
    std::optional<metrics::CounterReading> m_before;
    std::vector<Bucket> m_buckets;
};

/// Takes the rows of a query, stretch after stretch in order of time, and keeps the buckets of every instance that
/// comes up. Lives for one query, on its thread; the answer outlives it.
class Aggregation {
public:
    /// `time`: how long it may take from now on.
    Aggregation(const SeriesAnswer& answer, std::chrono::milliseconds time);

    /// The rows that come are those of another stretch; earlier ones only say what its counters grow from.
    void startStretch(std::int64_t fromMs);
    /// Stored samples, with the family's column numbers. False: stop, failure() says why.
    [[nodiscard]] bool visitSamples(const metrics::Block& samples);
    /// Buckets of a tier. Those that begin before the answer's first bucket are passed over. False as above.
    [[nodiscard]] bool visitRolled(const metrics::Block& rolled);

    [[nodiscard]] const std::optional<Error>& failure() const { return m_failure; }
    /// Whether the stretch gave anything that is in the answer.
    [[nodiscard]] bool stretchHadRows() const { return m_stretchHadRows; }
    /// The numbers of the cells that visitRolled() wants.
    [[nodiscard]] std::vector<std::uint32_t> rolledColumns() const;

    /// Moves what was found into the answer, with the labels of each instance.
    void finish(const InstanceList& instances, SeriesAnswer& answer) const;

private:
    /// The columns of one instance.
    struct InstanceSeries {
        std::vector<ColumnSeries> columns;
        bool inRange = false; ///< a sample in the range, not only before it
    };

    InstanceSeries* find(std::int64_t id);
    bool isInTime();
    /// `columns`: the cells of each asked column, null where the samples have none.
    void addSample(InstanceSeries& instance, const metrics::Block& samples, std::size_t row,
        const std::vector<const std::vector<metrics::Value>*>& columns);

    const SeriesAnswer& m_answer;
    std::int64_t m_firstBucketMs;
    std::size_t m_buckets;
    std::chrono::steady_clock::time_point m_deadline;
    std::int64_t m_stretchFromMs = 0;
    bool m_stretchHadRows = false;
    std::unordered_map<std::int64_t, InstanceSeries> m_instances;
    std::optional<Error> m_failure;
};

} // namespace sextant::server
