// SPDX-License-Identifier: GPL-3.0-or-later
// What anybody who is logged in may ask of the samples: any range, step, columns and aggregates, of a store that keeps
// its promises and has any samples. The answer has the form that was asked for, or an error says what is wrong.
#include "fuzz/bytes.h"
#include "fuzz/require.h"
#include "server/query/series.h"
#include "server/storage/rollup.h"
#include "server/storage/store.h"

#include <cmath>

using namespace sextant;
using namespace sextant::server;

namespace {

using sextant::fuzz::require;

/// Times that people mean, and any others.
std::int64_t time(fuzz::Bytes& bytes)
{
    constexpr std::int64_t kSomeHour = 1'767'225'600'000;
    const auto kind = bytes.number<std::uint8_t>();
    return kind % 4 == 0 ? bytes.number<std::int64_t>() : kSomeHour + bytes.number<std::int32_t>() % 40'000'000;
}

metrics::Value value(fuzz::Bytes& bytes)
{
    switch (bytes.number<std::uint8_t>() % 4) {
    case 0:
        return {};
    case 1:
        return metrics::Value::real(std::bit_cast<double>(bytes.number<std::uint64_t>()));
    default:
        return metrics::Value::fixed(bytes.number<std::int64_t>());
    }
}

/// Has what the rest of the input says, each hour in any of the forms.
class AnyStore final : public Store {
public:
    explicit AnyStore(fuzz::Bytes& bytes) : m_bytes(bytes) {}

    Result<std::vector<BatchOutcome>> append(std::span<const HostBatch>, std::span<const StoredHostState>) override
    {
        return {};
    }
    Result<InstanceList> instances(HostId, const metrics::Family& family) const override
    {
        return std::vector<Instance>{{0, std::vector<std::string>(family.labels.size(), "a")}};
    }
    Result<void> scan(const SeriesScan& what, const BlockVisitor& visitor) const override
    {
        require(what.fromMs < what.toMs);
        std::vector<std::uint32_t> numbers;
        for (const std::size_t column : what.columns)
            numbers.push_back(what.family->columns[column].number);
        visitor(rows(what.fromMs, what.toMs, 1, numbers));
        return {};
    }
    Result<Coverage> coverage(HostId, const metrics::Family&, std::int64_t fromMs, std::int64_t toMs) const override
    {
        Coverage coverage;
        for (std::int64_t hour = fromMs - fromMs % kHourMs; hour < toMs && !m_bytes.isEmpty(); hour += kHourMs) {
            const auto forms = m_bytes.number<std::uint8_t>();
            if (forms & 1)
                coverage.hot.push_back(hour);
            for (std::size_t tier = 0; tier < coverage.blocks.size(); ++tier) {
                const std::int64_t start = hour - hour % blockMs(static_cast<Tier>(tier));
                auto& blocks = coverage.blocks[tier];
                if ((forms & (2 << tier)) && (blocks.empty() || blocks.back() < start))
                    blocks.push_back(start);
            }
        }
        return coverage;
    }
    Result<void> scanTier(const TierScan& what, const BlockVisitor& visitor) const override
    {
        require(what.fromMs < what.toMs);
        visitor(rows(what.fromMs, what.toMs, bucketMs(what.tier), {what.columns.begin(), what.columns.end()}));
        return {};
    }
    Result<std::vector<StoredHostState>> hostStates() const override { return {}; }

private:
    /// A few rows of one instance, in order of time, at multiples of `grainMs`.
    metrics::Block rows(
        std::int64_t fromMs, std::int64_t toMs, std::int64_t grainMs, const std::vector<std::uint32_t>& numbers) const
    {
        metrics::Block block;
        for (const std::uint32_t number : numbers)
            block.columns.emplace_back().number = number;
        std::int64_t at = (fromMs + grainMs - 1) / grainMs * grainMs;
        for (; at < toMs && block.rowCount() < 8 && !m_bytes.isEmpty();
             at += grainMs * (1 + m_bytes.number<std::uint16_t>())) {
            block.instances.push_back(0);
            block.timesMs.push_back(at);
            block.intervalsMs.push_back(m_bytes.number<std::uint16_t>());
            for (metrics::BlockColumn& column : block.columns)
                column.cells.push_back(value(m_bytes));
        }
        return block;
    }

    fuzz::Bytes& m_bytes;
};

void requireForm(const SeriesAnswer& answer)
{
    const std::int64_t first = answer.fromMs - answer.fromMs % answer.stepMs;
    const auto points = static_cast<std::size_t>((answer.toMs - first + answer.stepMs - 1) / answer.stepMs);
    require(points <= kPointsPerSeries);
    for (const SeriesInstance& instance : answer.instances) {
        require(instance.values.size() == answer.columns.size());
        for (const auto& column : instance.values) {
            require(column.size() == answer.aggregates.size());
            for (const auto& aggregate : column)
                require(aggregate.size() == points);
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz::Bytes bytes(data, size);
    const auto families = metrics::families();
    const metrics::Family& family = families[bytes.number<std::uint8_t>() % families.size()];
    SeriesQuery query;
    query.host = HostId{1};
    query.family = family.name;
    for (auto count = bytes.number<std::uint8_t>() % 3; count > 0; --count)
        query.columns.emplace_back(family.columns[bytes.number<std::uint8_t>() % family.columns.size()].name);
    query.fromMs = time(bytes);
    query.toMs = time(bytes);
    if (bytes.number<std::uint8_t>() % 2 == 0)
        query.stepMs = bytes.number<std::uint8_t>() % 2 == 0 ? bytes.number<std::int64_t>() : 300'000;
    query.aggregates = {Aggregate::Avg, Aggregate::Min, Aggregate::Max, Aggregate::Last};
    const auto answer = readSeries(AnyStore(bytes), query);
    if (!answer) {
        require(answer.error().code == ErrorCode::Invalid || answer.error().code == ErrorCode::TooLarge);
        return 0;
    }
    requireForm(*answer);
    require(!toJson(*answer).isEmpty());
    return 0;
}
