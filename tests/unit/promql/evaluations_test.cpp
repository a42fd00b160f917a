// SPDX-License-Identifier: GPL-3.0-or-later
// Queries over a few series, with the answers of a real Prometheus (evaluations/prometheus-2.42.txt).
#include "memory_source.h"
#include "promql/evaluator.h"
#include "promql/parser.h"

#include <QTest>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

using namespace sextant;
using namespace sextant::promql;

namespace {

constexpr std::int64_t kStartS = 1699999200;

struct Evaluation {
    std::string query;
    std::string kind; ///< "instant", "range"
    QueryTimes times;
    std::vector<std::string> answer;
};

struct Recorded {
    MemorySource source;
    std::vector<Evaluation> evaluations;
};

Series readSeries(const std::string& line, std::int64_t everyMs)
{
    const std::size_t end = line.find("} ") + 1;
    const auto matchers = parseSeriesSelector(std::string_view(line).substr(0, end));
    Series series;
    for (const Matcher& matcher : *matchers)
        series.labels.push_back({matcher.label(), matcher.value()});
    std::ranges::sort(series.labels);
    std::istringstream values(line.substr(end));
    std::string value;
    for (std::int64_t time = kStartS * 1000; values >> value; time += everyMs) {
        if (value == "_")
            continue;
        series.timesMs.push_back(time);
        series.values.push_back(std::strtod(value.c_str(), nullptr));
    }
    return series;
}

void read(const char* path, Recorded& recorded)
{
    std::ifstream file(path);
    std::string line;
    std::int64_t everyMs = 0;
    while (std::getline(file, line)) {
        if (line.empty() || line.starts_with('#'))
            continue;
        std::istringstream words(line);
        std::string word;
        words >> word;
        if (word == "load") {
            words >> everyMs;
            everyMs *= 1000;
        } else if (word == "instant" || word == "range") {
            Evaluation evaluation{{}, word, {}, {}};
            std::int64_t start = 0;
            std::int64_t end = 0;
            std::int64_t step = 0;
            words >> start;
            if (word == "range")
                words >> end >> step;
            evaluation.times.startMs = (kStartS + start) * 1000;
            evaluation.times.endMs = (kStartS + (step > 0 ? end : start)) * 1000;
            evaluation.times.stepMs = step * 1000;
            std::getline(words >> std::ws, evaluation.query);
            recorded.evaluations.push_back(std::move(evaluation));
        } else if (recorded.evaluations.empty()) {
            recorded.source.add(readSeries(line.substr(2), everyMs));
        } else {
            recorded.evaluations.back().answer.push_back(line.substr(2));
        }
    }
}

std::string number(double value)
{
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "+Inf" : "-Inf";
    std::ostringstream text;
    text.precision(17);
    text << value;
    return text.str();
}

std::string labelsText(const Labels& labels)
{
    std::string text;
    for (const Label& label : labels) {
        if (label.name != kMetricName)
            text += (text.empty() ? "" : ",") + label.name + "=\"" + label.value + "\"";
    }
    const std::string name(labelValue(labels, kMetricName));
    return text.empty() && !name.empty() ? name : name + "{" + text + "}";
}

/// As the file has them: a line per series.
struct AnswerText {
    const Evaluation& asked;

    std::vector<std::string> operator()(const ScalarValue& value) const
    {
        return {"scalar " + number(value.point.value)};
    }
    std::vector<std::string> operator()(const StringValue& value) const { return {"string " + value.text}; }
    std::vector<std::string> operator()(const VectorValue& vector) const
    {
        std::vector<std::string> lines;
        for (const VectorSeries& series : vector)
            lines.push_back(labelsText(series.labels) + " " + number(series.point.value));
        return lines;
    }
    std::vector<std::string> operator()(const MatrixValue& matrix) const
    {
        std::vector<std::string> lines;
        for (const MatrixSeries& series : matrix) {
            std::string line = labelsText(series.labels);
            if (asked.kind == "instant") {
                for (const Point& point : series.points)
                    line += " " + number(point.value) + "@" +
                            number(static_cast<double>(point.timeMs - kStartS * 1000) / 1000);
            } else {
                std::map<std::int64_t, double> points;
                for (const Point& point : series.points)
                    points[point.timeMs] = point.value;
                for (std::int64_t time = asked.times.startMs; time <= asked.times.endMs; time += asked.times.stepMs)
                    line += points.contains(time) ? " " + number(points[time]) : " _";
            }
            lines.push_back(line);
        }
        return lines;
    }
};

std::vector<std::string> evaluated(const Evaluation& asked, const MemorySource& source)
{
    const auto query = parse(asked.query);
    if (!query)
        return {"error " + query.error().message};
    Budget budget{Limits{}};
    const auto result = evaluate(**query, asked.times, source, budget);
    if (!result)
        return {"error " + result.error().message};
    return std::visit(AnswerText{asked}, result->value);
}

bool sameNumber(const std::string& a, const std::string& b)
{
    if (a == b)
        return true;
    char* endA = nullptr;
    char* endB = nullptr;
    const double x = std::strtod(a.c_str(), &endA);
    const double y = std::strtod(b.c_str(), &endB);
    if (*endA != *endB || endA == a.c_str() || endB == b.c_str() || (*endA == '@' && std::string(endA) != endB))
        return false;
    // Go's mathematical functions and libm's differ in the last digits.
    return std::abs(x - y) <= 1e-12 * std::max(std::abs(x), std::abs(y));
}

/// Equal word by word, numbers within their last digits.
bool sameLine(const std::string& a, const std::string& b)
{
    std::istringstream as(a);
    std::istringstream bs(b);
    std::string x;
    std::string y;
    while (as >> x) {
        if (!(bs >> y) || !sameNumber(x, y))
            return false;
    }
    return !(bs >> y);
}

bool hasOrder(const Evaluation& asked)
{
    return asked.kind == "range" || asked.query.starts_with("sort") || asked.query.starts_with("topk") ||
           asked.query.starts_with("bottomk");
}

} // namespace

class EvaluationsTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void answersAsPrometheus_data();
    void answersAsPrometheus();

private:
    Recorded m_recorded;
};

void EvaluationsTest::initTestCase()
{
    read(SEXTANT_SOURCE_DIR "/tests/unit/promql/evaluations/prometheus-2.42.txt", m_recorded);
}

void EvaluationsTest::answersAsPrometheus_data()
{
    QTest::addColumn<int>("number");
    QVERIFY(m_recorded.evaluations.size() > 500);
    int number = 0;
    for (const Evaluation& evaluation : m_recorded.evaluations)
        QTest::newRow((evaluation.kind + " " + evaluation.query).c_str()) << number++;
}

void EvaluationsTest::answersAsPrometheus()
{
    QFETCH(int, number);
    const Evaluation& asked = m_recorded.evaluations[static_cast<std::size_t>(number)];
    std::vector<std::string> expected = asked.answer;
    std::vector<std::string> actual = evaluated(asked, m_recorded.source);
    if (!hasOrder(asked)) {
        std::ranges::sort(expected);
        std::ranges::sort(actual);
    }
    bool same = actual.size() == expected.size();
    for (std::size_t line = 0; same && line < actual.size(); ++line)
        same = sameLine(actual[line], expected[line]);
    if (same)
        return;
    std::string text = "expected";
    for (const std::string& line : expected)
        text += "\n  " + line;
    text += "\nactual";
    for (const std::string& line : actual)
        text += "\n  " + line;
#ifdef __MINGW32__
    if (asked.query == "sin(special)")
        QEXPECT_FAIL("", "MinGW's sine goes by the processor's, which is no sine past 2^63", Continue);
#endif
    QFAIL(text.c_str());
}

QTEST_APPLESS_MAIN(EvaluationsTest)
#include "evaluations_test.moc"
