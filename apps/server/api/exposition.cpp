// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/exposition.h"

#include "metrics/aliases.h"
#include "server/http/header_list.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace sextant::server {
namespace {

/// What the catalogue calls by that name; null for a metric of an application.
const metrics::NamedSeries* describe(std::string_view name)
{
    for (const auto list : {metrics::catalogueSeries(), metrics::aliases()}) {
        if (const auto found = metrics::findNamed(list, name); !found.empty())
            return &found.front();
    }
    return nullptr;
}

std::string_view nameOf(const promql::MatrixSeries& series)
{
    const std::string_view name = promql::labelValue(series.labels, promql::kMetricName);
    return name.empty() ? kNameless : name;
}

using Run = std::span<const promql::MatrixSeries>;
/// The series that stand under one type, by its name: those of one name, or of the parts of a histogram or summary.
using Families = std::map<std::string_view, std::vector<Run>>;

/// The name of the histogram or summary that a series of that name is said to be a part of, else its own.
std::string_view familyOf(std::string_view name, const MetricDescriptions& said)
{
    const std::string_view whole = withoutPart(name);
    if (whole.size() == name.size())
        return name;
    const auto about = said.find(whole);
    const bool isPart = about && about->name == whole &&
                        (about->type == "histogram" || (about->type == "summary" && !name.ends_with("_bucket")));
    return isPart ? whole : name;
}

/// `series`: sorted by name.
Families familiesOf(const promql::MatrixValue& series, const MetricDescriptions& said)
{
    Families families;
    for (auto first = series.begin(); first != series.end();) {
        const std::string_view name = nameOf(*first);
        const auto last =
            std::find_if_not(first, series.end(), [name](const auto& one) { return nameOf(one) == name; });
        families[familyOf(name, said)].emplace_back(first, last);
        first = last;
    }
    return families;
}

/// The type that the series of one name may be written with. In OpenMetrics a counter ends in `_total`, and nothing
/// else may be called as it is without.
metrics::MetricType typeOf(
    std::string_view name, const MetricDescription& said, ExpositionFormat format, const Families& all)
{
    constexpr std::string_view kTotal = "_total";
    if (said.type == "gauge")
        return metrics::MetricType::Gauge;
    const bool isNamedSo = format == ExpositionFormat::Text ||
                           (name.ends_with(kTotal) && !all.contains(name.substr(0, name.size() - kTotal.size())));
    return said.type == "counter" && isNamedSo ? metrics::MetricType::Counter : metrics::MetricType::Untyped;
}

void beginMetric(
    metrics::ExpositionWriter& text, std::string_view name, const MetricDescriptions& described, const Families& all)
{
    using metrics::MetricType;
    const metrics::NamedSeries* named = describe(name);
    if (!named) {
        const MetricDescription said = described.find(name).value_or(MetricDescription());
        text.begin(name, typeOf(name, said, text.format(), all), said.help);
        return text.unit(said.unit);
    }
    const metrics::Column& column = *named->columns.front();
    const bool isCounter = named->kind() == metrics::Kind::Counter && name.ends_with("_total");
    text.begin(name, isCounter ? MetricType::Counter : MetricType::Gauge, named->help());
    text.unit(metrics::unitName(column.unit));
}

/// Writes samples until there are too many.
class Samples {
public:
    Samples(metrics::ExpositionWriter& text, std::size_t maxBytes) : m_text(text), m_maxBytes(maxBytes) {}

    /// Of the series whose samples come next.
    void setLabels(const promql::Labels& labels)
    {
        m_labels.clear();
        for (const promql::Label& label : labels) {
            if (label.name != promql::kMetricName)
                m_labels.emplace_back(label.name, label.value);
        }
    }
    [[nodiscard]] bool add(const promql::Point& point, std::string_view suffix = {})
    {
        m_text.sample(point.value, m_labels, suffix, point.timeMs);
        return m_text.size() <= m_maxBytes;
    }

private:
    metrics::ExpositionWriter& m_text;
    std::size_t m_maxBytes;
    std::vector<std::pair<std::string_view, std::string_view>> m_labels;
};

/// A series of a histogram or summary. Parts are written in this order: buckets or quantiles, sum, count.
struct Part {
    std::string_view suffix;
    std::size_t rank = 0;
    double bound = 0; ///< of a bucket: its `le`; of a quantile that
    const promql::MatrixSeries* series = nullptr;
};
/// One histogram or summary at one time after another: its parts that have a point then, in order.
using Moments = std::map<std::int64_t, std::vector<std::pair<const Part*, double>>>;
/// The histograms or summaries of a family by what labels they have beside `le` and `quantile`.
using Compounds = std::map<promql::Labels, std::vector<Part>>;

std::optional<double> boundOf(std::string_view text)
{
    if (text == "+Inf")
        return std::numeric_limits<double>::infinity();
    double bound = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bound);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(bound) : std::nullopt;
}

/// Nothing where a series is none of a histogram (or summary).
std::optional<Compounds> compoundsOf(std::string_view family, std::span<const Run> runs, bool isHistogram)
{
    const std::string_view boundary = isHistogram ? "le" : "quantile";
    Compounds compounds;
    for (const Run& run : runs) {
        const std::string_view suffix = nameOf(run.front()).substr(family.size());
        const bool isBound = suffix == (isHistogram ? "_bucket" : "");
        if (!isBound && suffix != "_sum" && suffix != "_count")
            return std::nullopt;
        for (const promql::MatrixSeries& series : run) {
            Part part{suffix, isBound ? 0U : suffix == "_sum" ? 1U : 2U, 0, &series};
            promql::Labels others = series.labels;
            std::erase_if(others, [&](const promql::Label& label) {
                return label.name == promql::kMetricName || (isBound && label.name == boundary);
            });
            if (isBound) {
                const auto bound = boundOf(promql::labelValue(series.labels, boundary));
                if (!bound)
                    return std::nullopt;
                part.bound = *bound;
            }
            compounds[std::move(others)].push_back(part);
        }
    }
    for (auto& [labels, parts] : compounds)
        std::ranges::sort(parts, {}, [](const Part& part) { return std::pair(part.rank, part.bound); });
    return compounds;
}

Moments momentsOf(const std::vector<Part>& parts)
{
    Moments moments;
    for (const Part& part : parts) {
        for (const promql::Point& point : part.series->points)
            moments[point.timeMs].emplace_back(&part, point.value);
    }
    return moments;
}

/// Whether there is at all times what a histogram must have: its last bucket, and its count where it has a sum.
bool areWholeHistograms(const Compounds& compounds)
{
    const auto isWhole = [](const Moments::value_type& moment) {
        std::array<bool, 3> has{}; // by rank
        for (const auto& [part, value] : moment.second)
            has[part->rank] |= part->rank > 0 || std::isinf(part->bound);
        return has[0] && has[1] == has[2];
    };
    return std::ranges::all_of(
        compounds, [&](const auto& compound) { return std::ranges::all_of(momentsOf(compound.second), isWhole); });
}

/// What a program says is a histogram or summary, as one; nothing where it is not whole, or said to be something else.
std::optional<Compounds> wholeCompounds(
    const Families::value_type& family, const std::optional<MetricDescription>& said, bool isHistogram)
{
    if (!said || said->name != family.first || said->type != (isHistogram ? "histogram" : "summary"))
        return std::nullopt;
    auto compounds = compoundsOf(family.first, family.second, isHistogram);
    return compounds && isHistogram && !areWholeHistograms(*compounds) ? std::nullopt : std::move(compounds);
}

bool writeCompounds(Samples& samples, const Compounds& compounds)
{
    for (const auto& [labels, parts] : compounds) {
        for (const auto& [timeMs, values] : momentsOf(parts)) {
            for (const auto& [part, value] : values) {
                samples.setLabels(part->series->labels);
                if (!samples.add({timeMs, value}, part->suffix))
                    return false;
            }
        }
    }
    return true;
}

bool writeRun(Samples& samples, const Run& run)
{
    for (const promql::MatrixSeries& series : run) {
        samples.setLabels(series.labels);
        if (!std::ranges::all_of(series.points, [&](const promql::Point& point) { return samples.add(point); }))
            return false;
    }
    return true;
}

/// False: there is too much.
bool writeFamily(metrics::ExpositionWriter& text, Samples& samples, const Families::value_type& family,
    const MetricDescriptions& said, const Families& all)
{
    const auto about = said.find(family.first);
    for (const bool isHistogram : {true, false}) {
        if (const auto compounds = wholeCompounds(family, about, isHistogram)) {
            text.begin(
                family.first, isHistogram ? metrics::MetricType::Histogram : metrics::MetricType::Summary, about->help);
            text.unit(about->unit);
            return writeCompounds(samples, *compounds);
        }
    }
    return std::ranges::all_of(family.second, [&](const Run& run) {
        beginMetric(text, nameOf(run.front()), said, all);
        return writeRun(samples, run);
    });
}

} // namespace

ExpositionFormat expositionFormat(std::string_view accept)
{
    int openMetrics = 0;
    int text = 0;
    while (!accept.empty()) {
        std::string_view element = http::takeUntil(accept, ',');
        const std::string_view type = http::takeUntil(element, ';');
        bool isOurs = true;
        int weight = 1000;
        while (!element.empty()) {
            const std::string_view parameter = http::takeUntil(element, ';');
            if (parameter.starts_with("q=") || parameter.starts_with("Q="))
                weight = http::parseWeight(parameter).value_or(0);
            else if (parameter.starts_with("version="))
                isOurs = parameter.ends_with("=1.0.0");
        }
        if (http::equalsIgnoringCase(type, "application/openmetrics-text"))
            openMetrics = std::max(openMetrics, isOurs ? weight : 0);
        else if (type == "*/*" || type == "text/*" || http::equalsIgnoringCase(type, "text/plain"))
            text = std::max(text, weight);
    }
    return openMetrics > 0 && openMetrics >= text ? ExpositionFormat::OpenMetrics : ExpositionFormat::Text;
}

ExpositionFormat expositionFormat(const http::RequestHead& head)
{
    const std::string* accept = head.header("accept");
    return accept ? expositionFormat(*accept) : ExpositionFormat::Text;
}

http::Response expositionResponse(std::string text, ExpositionFormat format)
{
    http::Response response = http::textResponse(200, QByteArray::fromStdString(text));
    response.contentType = format == ExpositionFormat::OpenMetrics
                               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                               : "text/plain; version=0.0.4; charset=utf-8";
    response.secret = false;
    return response;
}

Result<void> writeSeries(
    metrics::ExpositionWriter& text, promql::MatrixValue& series, const MetricDescriptions& said, std::size_t maxBytes)
{
    std::ranges::stable_sort(series, {}, nameOf);
    const Families families = familiesOf(series, said);
    Samples samples(text, maxBytes);
    for (const auto& family : families) {
        if (!writeFamily(text, samples, family, said, families))
            return fail(ErrorCode::TooLarge, "the text is larger than that");
    }
    return {};
}

} // namespace sextant::server
