// SPDX-License-Identifier: GPL-3.0-or-later
#include "oracle/answers.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QJsonValue>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sextant::oracle {
namespace {

constexpr double kTolerance = 1e-9;

std::string keyOf(promql::Labels labels)
{
    std::ranges::sort(labels);
    std::string key;
    for (const promql::Label& label : labels)
        key += label.name + '=' + label.value + ';';
    return key;
}

struct Reader {
    Answer& answer;

    void operator()(const promql::ScalarValue& scalar) const
    {
        answer.type = "scalar";
        answer.series[""][scalar.point.timeMs] = scalar.point.value;
    }
    void operator()(const promql::StringValue& text) const
    {
        answer.type = "string";
        answer.text = text.text;
    }
    void operator()(const promql::VectorValue& vector) const
    {
        answer.type = "vector";
        for (const promql::VectorSeries& series : vector)
            answer.series[keyOf(series.labels)][series.point.timeMs] = series.point.value;
    }
    void operator()(const promql::MatrixValue& matrix) const
    {
        answer.type = "matrix";
        for (const promql::MatrixSeries& series : matrix) {
            for (const promql::Point& point : series.points)
                answer.series[keyOf(series.labels)][point.timeMs] = point.value;
        }
    }
};

double numberOf(const QString& text)
{
    if (text == QLatin1String("NaN"))
        return std::numeric_limits<double>::quiet_NaN();
    if (text.endsWith(QLatin1String("Inf")))
        return text.startsWith(u'-') ? -std::numeric_limits<double>::infinity()
                                     : std::numeric_limits<double>::infinity();
    return text.toDouble();
}

void addPoint(std::map<std::int64_t, double>& points, const QJsonArray& point)
{
    points[std::llround(point[0].toDouble() * 1'000)] = numberOf(point[1].toString());
}

bool isEqual(double a, double b)
{
    if (std::isnan(a) || std::isnan(b))
        return std::isnan(a) && std::isnan(b);
    if (std::isinf(a) || std::isinf(b))
        return a == b;
    return std::abs(a - b) <= kTolerance * std::max(std::abs(a), std::abs(b));
}

std::string pointDifference(const std::map<std::int64_t, double>& ours, const std::map<std::int64_t, double>& theirs)
{
    for (const auto& [time, value] : theirs) {
        const auto found = ours.find(time);
        if (found == ours.end())
            return "no point at " + std::to_string(time) + ", theirs " + std::to_string(value);
        if (!isEqual(found->second, value))
            return "at " + std::to_string(time) + " ours " + QByteArray::number(found->second, 'g', 17).toStdString() +
                   ", theirs " + QByteArray::number(value, 'g', 17).toStdString();
    }
    for (const auto& [time, value] : ours) {
        if (!theirs.contains(time))
            return "a point too many at " + std::to_string(time) + ", ours " + std::to_string(value);
    }
    return {};
}

} // namespace

Answer answerOf(const Result<promql::QueryResult>& result)
{
    Answer answer;
    if (result)
        std::visit(Reader{answer}, result->value);
    else
        answer = {.error = result.error().message, .errorType = "execution"};
    return answer;
}

Answer answerOf(const QByteArray& json)
{
    Answer answer;
    const QJsonObject whole = QJsonDocument::fromJson(json).object();
    if (whole.value(QLatin1String("status")) != QLatin1String("success")) {
        answer.error = whole.value(QLatin1String("error")).toString(QStringLiteral("no answer")).toStdString();
        answer.errorType = whole.value(QLatin1String("errorType")).toString().toStdString();
        return answer;
    }
    const QJsonObject data = whole.value(QLatin1String("data")).toObject();
    const QJsonArray result = data.value(QLatin1String("result")).toArray();
    answer.type = data.value(QLatin1String("resultType")).toString().toStdString();
    if (answer.type == "string") {
        answer.text = result[1].toString().toStdString();
    } else if (answer.type == "scalar") {
        addPoint(answer.series[""], result);
    } else {
        for (const QJsonValue& one : result) {
            promql::Labels labels;
            const QJsonObject metric = one[QLatin1String("metric")].toObject();
            for (auto it = metric.begin(); it != metric.end(); ++it)
                labels.push_back({it.key().toStdString(), it.value().toString().toStdString()});
            auto& points = answer.series[keyOf(std::move(labels))];
            if (answer.type == "vector")
                addPoint(points, one[QLatin1String("value")].toArray());
            for (const QJsonValue& point : one[QLatin1String("values")].toArray())
                addPoint(points, point.toArray());
        }
    }
    return answer;
}

std::string difference(const Answer& ours, const Answer& theirs)
{
    if (!ours.error.empty() || !theirs.error.empty()) {
        if (ours.errorType == theirs.errorType)
            return {};
        if (!ours.error.empty() && !theirs.error.empty())
            return "ours fails as " + ours.errorType + ": " + ours.error + ", theirs as " + theirs.errorType + ": " +
                   theirs.error;
        return ours.error.empty() ? "theirs fails: " + theirs.error : "ours fails: " + ours.error;
    }
    if (ours.type != theirs.type || ours.text != theirs.text)
        return "ours is " + ours.type + ' ' + ours.text + ", theirs is " + theirs.type + ' ' + theirs.text;
    for (const auto& [labels, points] : theirs.series) {
        const auto found = ours.series.find(labels);
        if (found == ours.series.end())
            return "ours has no series {" + labels + '}';
        if (const std::string different = pointDifference(found->second, points); !different.empty())
            return '{' + labels + "} " + different;
    }
    for (const auto& [labels, points] : ours.series) {
        if (!theirs.series.contains(labels))
            return "theirs has no series {" + labels + '}';
    }
    return {};
}

} // namespace sextant::oracle
