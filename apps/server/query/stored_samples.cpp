// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/query/stored_samples.h"

#include "metrics/families.h"
#include "server/query/rolled_cells.h"
#include "server/query/tier_choice.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace sextant::server {
namespace {

using metrics::Block;
using metrics::Value;
using promql::SelectHints;
using promql::Series;

constexpr std::int64_t kSamples = 1;       ///< the resolution of samples as they came
constexpr std::int64_t kHoldsBuckets = 24; ///< a window that holds so many is as good as one of samples
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr std::int64_t kLookbackMs = 5 * 60'000; ///< how old the sample of an instant vector may be
constexpr std::int64_t kPerWindow = 3; ///< samples that a function over a range needs at least, better one more
constexpr std::int64_t kLargestSplit = 360;

/// What of a bucket stands for its samples.
enum class Use : std::uint8_t { Last, Average, Smallest, Largest, Increase };

bool isOneOf(std::string_view function, std::initializer_list<std::string_view> names)
{
    return std::ranges::find(names, function) != names.end();
}

bool isWeighted(std::string_view function)
{
    return isOneOf(function, {"avg_over_time", "sum_over_time", "count_over_time"});
}

/// Of counters a tier keeps sums and extremes of rates, which no function of PromQL asks for.
Use useOf(std::string_view function, metrics::Kind kind)
{
    if (kind == metrics::Kind::Counter)
        return isOneOf(function, {"rate", "increase", "irate"}) ? Use::Increase : Use::Last;
    if (isWeighted(function))
        return Use::Average;
    if (function == "min_over_time")
        return Use::Smallest;
    return function == "max_over_time" ? Use::Largest : Use::Last;
}

Use opposite(Use use)
{
    return use == Use::Smallest ? Use::Largest : use == Use::Largest ? Use::Smallest : use;
}

/// How many samples a bucket becomes, so that a window or the look-back finds some.
std::int64_t splitOf(Tier tier, std::int64_t rangeMs)
{
    const std::int64_t spacing = rangeMs == 0 ? kLookbackMs : std::max<std::int64_t>(1, rangeMs / kPerWindow);
    return std::clamp<std::int64_t>((bucketMs(tier) + spacing - 1) / spacing, 1, kLargestSplit);
}

/// A counter that goes on over samples and buckets. Samples before the first bucket stay as they are, resets and all;
/// from there on it never falls.
class CounterChain {
public:
    void addSample(double value)
    {
        if (m_hasBuckets)
            return add(value, 0);
        m_before = m_total = m_last = value;
        m_isStarted = true;
    }
    /// `increase`: in the bucket, 0 where it is not known.
    void addBucket(double last, double increase)
    {
        m_hasBuckets = true;
        add(last, increase);
    }

    /// What it stands at after `part` of the last step.
    [[nodiscard]] double at(double part) const { return m_before + (m_total - m_before) * part; }

private:
    void add(double last, double increase)
    {
        // The first step begins from what is known to have been there before it.
        m_before = m_isStarted ? m_total : std::max(0.0, last - increase);
        const double grown = m_isStarted ? (last >= m_last ? last - m_last : last) : last - m_before;
        m_total = m_before + std::max(grown, increase);
        m_last = last;
        m_isStarted = true;
    }

    double m_before = 0;
    double m_total = 0;
    double m_last = 0;
    bool m_isStarted = false;
    bool m_hasBuckets = false;
};

/// One column that a series' value is made of.
struct Term {
    const metrics::Column* column = nullptr;
    std::size_t position = 0; ///< in the columns that are read
    double divisor = 1;       ///< not multiplied with its inverse: 71.32 stays 71.32
    double sign = 1;
    Use use = Use::Last;
    CounterChain chain{};

    /// Nothing is reckoned with a real: a stale marker would become any NaN.
    [[nodiscard]] double toNumber(Value value) const
    {
        return value.isReal() ? value.asReal() : static_cast<double>(value.scaled()) / divisor;
    }
};

/// A series that is being read.
struct Reading {
    std::vector<Term> terms;
    double factor = 1;
    double offset = 0;
    Series series{};

    /// `sum`: of the terms.
    void add(std::int64_t timeMs, double sum)
    {
        series.timesMs.push_back(timeMs);
        series.values.push_back(terms.size() == 1 && factor == 1 && offset == 0 ? sum : factor * sum + offset);
    }
};

class SampleReader {
public:
    SampleReader(const Store& store, SelectedFamily& selected, const SelectHints& hints, promql::Budget& budget)
        : m_store(store), m_selected(selected), m_hints(hints), m_budget(budget)
    {
        m_readings.reserve(selected.series.size());
        for (SelectedSeries& series : selected.series) {
            auto& readings = m_byInstance[series.instance];
            if (readings.empty())
                m_instances.push_back(series.instance);
            readings.push_back(m_readings.size());
            m_readings.push_back(makeReading(series));
        }
        std::ranges::sort(m_instances);
    }

    Result<std::vector<Series>> read()
    {
        const std::int64_t toMs = m_hints.toMs + 1;
        const auto coverage =
            m_store.coverage(m_selected.host->id, *m_selected.family, m_hints.fromMs - kCoverageBeforeMs, toMs);
        if (!coverage)
            return tl::unexpected(coverage.error());
        const auto stretches = chooseTiers(*coverage, {m_hints.fromMs, toMs, resolution(), hasUse(Use::Increase)});
        const bool buckets =
            std::ranges::any_of(stretches, [](const Stretch& stretch) { return stretch.tier != Tier::Raw; });
        m_isWeighted = buckets && isWeighted(m_hints.function);
        for (const Stretch& stretch : stretches) {
            if (auto read = readStretch(stretch); !read)
                return tl::unexpected(read.error());
        }
        std::vector<Series> all;
        all.reserve(m_readings.size());
        for (Reading& reading : m_readings)
            all.push_back(std::move(reading.series));
        return all;
    }

private:
    Reading makeReading(SelectedSeries& selected)
    {
        Reading reading;
        reading.series.labels = std::move(selected.labels);
        if (!selected.named) {
            addTerm(reading, m_selected.family->columns.front(), 1);
            return reading;
        }
        reading.factor = selected.named->factor;
        reading.offset = selected.named->offset;
        for (const metrics::Column* column : selected.named->columns) {
            if (column && (column->os & m_selected.host->os) != 0)
                addTerm(reading, *column, 1);
        }
        if (selected.named->less)
            addTerm(reading, *selected.named->less, -1);
        return reading;
    }

    void addTerm(Reading& reading, const metrics::Column& column, double sign)
    {
        const auto index = static_cast<std::size_t>(&column - m_selected.family->columns.data());
        const auto at = std::ranges::find(m_columns, index);
        const auto position = static_cast<std::size_t>(at - m_columns.begin());
        if (at == m_columns.end())
            m_columns.push_back(index);
        const Use use = useOf(m_hints.function, column.kind);
        reading.terms.push_back({&column, position, static_cast<double>(metrics::scaleFactor(column)), sign,
            sign * reading.factor < 0 ? opposite(use) : use});
    }

    /// How coarse a form may be read. The last value of a bucket says nothing of a window: neither how much something
    /// grew that the catalogue does not call a counter, nor the smallest or average value of a counter.
    [[nodiscard]] std::int64_t resolution() const
    {
        return m_hints.rangeMs > 0 && hasUse(Use::Last) ? kSamples : resolutionFor(m_hints);
    }

    [[nodiscard]] bool hasUse(Use use) const
    {
        return std::ranges::any_of(m_readings, [use](const Reading& reading) {
            return std::ranges::any_of(reading.terms, [use](const Term& term) { return term.use == use; });
        });
    }

    Result<void> readStretch(const Stretch& stretch)
    {
        m_failure = {};
        Result<void> done;
        if (stretch.tier == Tier::Raw) {
            done = m_store.scan(
                {m_selected.host->id, m_selected.family, m_columns, stretch.fromMs, stretch.toMs, false, m_instances},
                [this](const Block& samples) { return visitSamples(samples); });
        } else {
            const std::vector<std::uint32_t> columns = rolledColumns();
            done = m_store.scanTier({m_selected.host->id, m_selected.family, stretch.tier, columns, stretch.fromMs,
                                        stretch.toMs, m_instances},
                [&](const Block& rolled) { return visitRolled(stretch.tier, rolled); });
        }
        return done && !m_failure ? m_failure : done;
    }

    /// Calls `add(reading, first row, row behind the last)` for the rows of every instance that is asked for.
    template <typename Add>
    bool visitInstances(const Block& block, Add add)
    {
        const std::size_t before = m_added;
        for (std::size_t begin = 0, end = 0; begin < block.rowCount(); begin = end) {
            const std::int64_t instance = block.instances[begin];
            for (end = begin + 1; end < block.rowCount() && block.instances[end] == instance;)
                ++end;
            const auto found = m_byInstance.find(instance);
            if (found == m_byInstance.end())
                continue;
            for (const std::size_t index : found->second)
                add(m_readings[index], begin, end);
        }
        m_failure = m_budget.addSamples(m_added - before);
        return m_failure.has_value();
    }

    bool visitSamples(const Block& samples)
    {
        std::vector<const std::vector<Value>*> cells; // null: no sample has it
        for (const std::size_t column : m_columns) {
            const auto found = std::ranges::find(
                samples.columns, m_selected.family->columns[column].number, &metrics::BlockColumn::number);
            cells.push_back(found == samples.columns.end() ? nullptr : &found->cells);
        }
        return visitInstances(samples, [&](Reading& reading, std::size_t begin, std::size_t end) {
            if (isPlain(reading))
                return addPlain(reading, samples, begin, end, cells[reading.terms.front().position]);
            for (std::size_t row = begin; row < end; ++row)
                addSample(reading, samples.timesMs[row], row, cells);
        });
    }

    /// Whether its samples are the cells of one column as they are.
    [[nodiscard]] bool isPlain(const Reading& reading) const
    {
        return reading.terms.size() == 1 && reading.terms.front().use != Use::Increase && reading.factor == 1 &&
               reading.offset == 0 && !m_isWeighted;
    }

    /// What addSample() does of each row, for these.
    void addPlain(
        Reading& reading, const Block& samples, std::size_t begin, std::size_t end, const std::vector<Value>* cells)
    {
        if (!cells)
            return;
        Series& series = reading.series;
        const Term& term = reading.terms.front();
        std::size_t at = series.values.size();
        m_added -= at;
        series.timesMs.resize(at + end - begin);
        series.values.resize(at + end - begin);
        for (std::size_t row = begin; row < end; ++row) {
            const Value value = (*cells)[row];
            series.timesMs[at] = samples.timesMs[row];
            series.values[at] = term.toNumber(value);
            at += value.isAbsent() ? 0U : 1U; // the next one takes the place of an absent one
        }
        series.timesMs.resize(at);
        series.values.resize(at);
        m_added += at;
    }

    void addSample(
        Reading& reading, std::int64_t timeMs, std::size_t row, const std::vector<const std::vector<Value>*>& cells)
    {
        double sum = 0;
        bool isWhole = !reading.terms.empty();
        for (Term& term : reading.terms) {
            const Value value = cells[term.position] ? (*cells[term.position])[row] : Value();
            if (value.isAbsent()) {
                isWhole = false;
                continue;
            }
            double number = term.toNumber(value);
            if (term.use == Use::Increase) {
                term.chain.addSample(number);
                number = term.chain.at(1);
            }
            sum = reading.terms.size() == 1 ? number : sum + term.sign * number; // a stale marker stays one
        }
        if (!isWhole)
            return;
        reading.add(timeMs, sum);
        if (m_isWeighted)
            reading.series.weights.push_back(1);
        ++m_added;
    }

    [[nodiscard]] std::vector<std::uint32_t> rolledColumns() const
    {
        std::vector<std::uint32_t> numbers;
        for (const std::size_t column : m_columns) {
            for (const Stat stat : statsOf(useOf(m_hints.function, m_selected.family->columns[column].kind)))
                numbers.push_back(rollupColumn(m_selected.family->columns[column].number, stat));
        }
        return numbers;
    }

    static std::vector<Stat> statsOf(Use use)
    {
        switch (use) {
        case Use::Last:
            return {Stat::Last, Stat::Count};
        case Use::Average:
            return {Stat::Count, Stat::Sum, Stat::WideSum};
        case Use::Smallest:
        case Use::Largest: // a difference needs both
            return {Stat::Min, Stat::Max};
        case Use::Increase:
            return {Stat::Last, Stat::Increase};
        }
        return {};
    }

    bool visitRolled(Tier tier, const Block& rolled)
    {
        std::vector<RolledColumn> columns;
        for (const std::size_t column : m_columns)
            columns.emplace_back(rolled, m_selected.family->columns[column].number);
        return visitInstances(rolled, [&](Reading& reading, std::size_t begin, std::size_t end) {
            for (std::size_t row = begin; row < end; ++row)
                addBucket(reading, tier, rolled.timesMs[row], row, columns);
        });
    }

    void addBucket(
        Reading& reading, Tier tier, std::int64_t startMs, std::size_t row, const std::vector<RolledColumn>& columns)
    {
        std::array<double, metrics::NamedSeries::kColumns + 1> numbers{};
        double weight = 0;
        for (std::size_t i = 0; i < reading.terms.size(); ++i) {
            Term& term = reading.terms[i];
            const RolledCell cell = columns[term.position].at(row);
            const auto number = bucketNumber(term, cell);
            if (!number)
                return;
            numbers[i] = *number;
            weight = cell[Stat::Count].isFixed() ? static_cast<double>(cell[Stat::Count].scaled()) : 1;
        }
        const std::int64_t split = splitOf(tier, m_hints.rangeMs);
        for (std::int64_t part = 1; part <= split; ++part) {
            const std::int64_t timeMs = startMs + bucketMs(tier) * part / split - 1;
            if (timeMs < m_hints.fromMs || timeMs > m_hints.toMs)
                continue;
            double sum = 0;
            for (std::size_t i = 0; i < reading.terms.size(); ++i) {
                const Term& term = reading.terms[i];
                const double number = term.use == Use::Increase
                                          ? term.chain.at(static_cast<double>(part) / static_cast<double>(split))
                                          : numbers[i];
                sum = reading.terms.size() == 1 ? number : sum + term.sign * number;
            }
            reading.add(timeMs, sum);
            if (m_isWeighted)
                reading.series.weights.push_back(weight / static_cast<double>(split));
            ++m_added;
        }
    }

    /// What the bucket says of the term, nothing when it does not have it. Moves its chain on.
    static std::optional<double> bucketNumber(Term& term, const RolledCell& cell)
    {
        const auto known = [&term](Value value) -> std::optional<double> {
            return value.isAbsent() ? std::nullopt : std::optional(term.toNumber(value));
        };
        switch (term.use) {
        case Use::Last:
            return known(cell[Stat::Last]);
        case Use::Average:
            if (!cell[Stat::Count].isFixed() || cell[Stat::Count].scaled() <= 0)
                return std::nullopt;
            return (known(cell[Stat::Sum]).value_or(0) + known(cell[Stat::WideSum]).value_or(0)) /
                   static_cast<double>(cell[Stat::Count].scaled());
        case Use::Smallest:
            return known(cell[Stat::Min]);
        case Use::Largest:
            return known(cell[Stat::Max]);
        case Use::Increase:
            if (const auto last = known(cell[Stat::Last])) {
                term.chain.addBucket(*last, known(cell[Stat::Increase]).value_or(0));
                return term.chain.at(1);
            }
            return std::nullopt;
        }
        return std::nullopt;
    }

    const Store& m_store;
    const SelectedFamily& m_selected; ///< the labels of its series are moved to m_readings
    const SelectHints& m_hints;
    promql::Budget& m_budget;
    std::vector<std::size_t> m_columns; ///< positions in the family, in the order in which they are read
    std::vector<Reading> m_readings;
    std::unordered_map<std::int64_t, std::vector<std::size_t>> m_byInstance; ///< places in m_readings
    std::vector<std::int64_t> m_instances;                                   ///< sorted
    bool m_isWeighted = false;
    std::size_t m_added = 0; ///< samples
    Result<void> m_failure;
};

} // namespace

std::int64_t resolutionFor(const SelectHints& hints)
{
    const std::int64_t length = hints.toMs - hints.fromMs;
    if (hints.rangeMs == 0) {
        const bool fits = hints.stepMs > 0 && hints.stepMs % bucketMs(Tier::FiveMinutes) == 0;
        return fits && length > kDayMs / 2 ? bucketMs(Tier::FiveMinutes) : kSamples;
    }
    const bool known =
        isWeighted(hints.function) || isOneOf(hints.function, {"rate", "increase", "min_over_time", "max_over_time"});
    if (known && length > 7 * kDayMs && hints.rangeMs >= kHoldsBuckets * bucketMs(Tier::Hour))
        return bucketMs(Tier::Hour);
    if (known && length > kDayMs / 2 && hints.rangeMs >= kHoldsBuckets * bucketMs(Tier::FiveMinutes))
        return bucketMs(Tier::FiveMinutes);
    return kSamples;
}

Result<std::vector<Series>> readSamples(
    const Store& store, SelectedFamily selected, const SelectHints& hints, promql::Budget& budget)
{
    return SampleReader(store, selected, hints, budget).read();
}

} // namespace sextant::server
