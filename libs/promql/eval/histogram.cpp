// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/eval/instant_functions.h"
#include "promql/eval/label_sets.h"
#include "promql/eval/numbers.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace sextant::promql {
namespace {

constexpr std::string_view kBucketLabel = "le";

struct Bucket {
    double upperBound;
    double count;
};

struct BucketRow {
    double upperBound;
    const Row* row;
};

struct Histogram {
    Labels labels;
    std::vector<BucketRow> buckets;
};

/// The bound that a bucket's label says, as Go reads a number; none when it is no number.
std::optional<double> readBound(std::string_view text)
{
    bool negative = false;
    if (text.starts_with('+') || text.starts_with('-')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    if (text.empty() || text.front() == '-' || text.front() == '+')
        return std::nullopt;
    auto format = std::chars_format::general;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        format = std::chars_format::hex;
        text.remove_prefix(2);
    }
    double bound = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bound, format);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return negative ? -bound : bound;
}

/// Buckets of the same bound become one; then no count is smaller than one before it.
void mend(std::vector<Bucket>& buckets)
{
    std::size_t last = 0;
    for (std::size_t at = 1; at < buckets.size(); ++at) {
        if (buckets[at].upperBound == buckets[last].upperBound)
            buckets[last].count += buckets[at].count;
        else
            buckets[++last] = buckets[at];
    }
    buckets.resize(last + 1);
    double most = buckets.front().count;
    for (Bucket& bucket : buckets) {
        if (bucket.count > most)
            most = bucket.count;
        else if (bucket.count < most)
            bucket.count = most;
    }
}

/// The φ-quantile of cumulative buckets, which are sorted; within a bucket on a straight line. NaN when the last bucket
/// is not that of all values, when there are fewer than two or nothing was observed.
double bucketQuantile(double phi, std::vector<Bucket>& buckets)
{
    if (std::isnan(phi))
        return kNaN;
    if (phi < 0)
        return -kInfinity;
    if (phi > 1)
        return kInfinity;
    if (buckets.back().upperBound != kInfinity)
        return kNaN;
    mend(buckets);
    const std::size_t last = buckets.size() - 1;
    if (last == 0 || buckets[last].count == 0)
        return kNaN;
    double rank = phi * buckets[last].count;
    const auto found = std::partition_point(buckets.begin(), buckets.begin() + static_cast<std::ptrdiff_t>(last),
        [rank](const Bucket& bucket) { return !(bucket.count >= rank); });
    const auto at = static_cast<std::size_t>(found - buckets.begin());
    if (at == last)
        return buckets[last - 1].upperBound;
    if (at == 0 && buckets[0].upperBound <= 0)
        return buckets[0].upperBound;
    double start = 0;
    double count = buckets[at].count;
    if (at > 0) {
        start = buckets[at - 1].upperBound;
        count -= buckets[at - 1].count;
        rank -= buckets[at - 1].count;
    }
    return start + (buckets[at].upperBound - start) * (rank / count);
}

/// Rows that are buckets, by their labels without `le` (with their metric name); the others are passed over.
std::vector<Histogram> histogramsIn(const Table& table)
{
    LabelSetIndex index(LabelChoice::except({std::string(kBucketLabel)}));
    std::vector<Histogram> histograms;
    for (const Row& row : table.rows) {
        const auto bound = readBound(labelValue(row.labels, kBucketLabel));
        if (!bound)
            continue;
        const std::size_t number = index.numberOf(row.labels);
        if (number == histograms.size()) {
            Labels labels = index.choice().of(row.labels);
            removeLabel(labels, kMetricName);
            histograms.push_back({std::move(labels), {}});
        }
        histograms[number].buckets.push_back({*bound, &row});
    }
    for (Histogram& histogram : histograms) {
        std::ranges::stable_sort(histogram.buckets,
            [](const BucketRow& a, const BucketRow& b) { return ascending(a.upperBound, b.upperBound); });
    }
    return histograms;
}

} // namespace

Result<Table> histogramQuantile(const InstantCall& call)
{
    const auto phi = call.scalar(0);
    const std::vector<Histogram> histograms = histogramsIn(call.arguments[1]);
    auto held = HeldSamples::take(call.budget, histograms.size(), call.steps.count);
    if (!held)
        return tl::unexpected(held.error());
    Table table{{}, false, std::move(*held)};
    std::vector<Bucket> buckets;
    for (const Histogram& histogram : histograms) {
        if (auto more = call.budget.check(); !more)
            return tl::unexpected(more.error());
        Row& row = addRow(table, histogram.labels, call.steps);
        for (std::size_t step = 0; step < call.steps.count; ++step) {
            buckets.clear();
            for (const BucketRow& bucket : histogram.buckets) {
                if (isPresent(bucket.row->values[step]))
                    buckets.push_back({bucket.upperBound, bucket.row->values[step]});
            }
            if (!buckets.empty())
                row.values[step] = bucketQuantile(phi[step], buckets);
        }
    }
    if (auto distinct = joinSameLabels(table); !distinct)
        return tl::unexpected(distinct.error());
    return table;
}

} // namespace sextant::promql
