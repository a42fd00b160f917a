// SPDX-License-Identifier: GPL-3.0-or-later
// Asks Sextant and Debian's prometheus the same over the same samples: every query of queries.txt and generated ones,
// each at two times and over two ranges, and at one and over one where series come and go with stale markers, and
// compares every point and the type of errors. Prints how many queries agree and how many differ,
// and those that do. Fails on a difference that known_differences.txt does not list, and on one listed there that is
// none (any more).
#include "oracle/prometheus.h"
#include "oracle/query_generator.h"
#include "oracle/samples.h"
#include "promql/parser.h"
#include "server/query/promql_source.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QFile>

#include <array>
#include <cstdio>
#include <set>

using namespace sextant;
using namespace sextant::oracle;

namespace {

constexpr std::array kTimes{QueryTime{kStartMs + 5'400'000, kStartMs + 5'400'000, 0},
    QueryTime{kEndMs + 61'300, kEndMs + 61'300, 0}, QueryTime{kStartMs + 3'600'000, kStartMs + 6'000'000, 60'000},
    QueryTime{kStartMs - 120'000, kEndMs + 400'000, 473'000},
    QueryTime{kStaleStartMs + 1'517'000, kStaleStartMs + 1'517'000, 0},
    QueryTime{kStaleStartMs, kStaleEndMs + 360'000, 40'000}};

/// Sextant's side, without HTTP.
class Ours {
public:
    bool start(const std::vector<OracleSeries>& samples, const std::vector<OracleSeries>& later)
    {
        auto opened = server::Database::open({.path = m_folder.filePath(QStringLiteral("oracle.db"))});
        if (!opened)
            return false;
        m_database = std::move(*opened);
        m_store = server::makeStore(*m_database, [] { return kStaleEndMs; });
        return store(*m_store, server::HostId{1}, samples) && store(*m_store, server::HostId{1}, later);
    }

    Answer ask(const std::string& query, const QueryTime& time) const
    {
        const auto parsed = promql::parse(query);
        if (!parsed)
            return {.error = parsed.error().message, .errorType = "bad_data"};
        const promql::ValueType type = promql::typeOf(**parsed);
        if (time.stepMs > 0 && type != promql::ValueType::Scalar && type != promql::ValueType::InstantVector)
            return {.error = "not for a range query", .errorType = "bad_data"};
        promql::Budget budget({});
        const server::PromqlSource source(*m_store, {{server::HostId{1}, "oracle", metrics::kLinux, {}}});
        return answerOf(promql::evaluate(**parsed, {time.startMs, time.endMs, time.stepMs}, source, budget));
    }

private:
    QTemporaryDir m_folder;
    std::unique_ptr<server::Database> m_database;
    std::unique_ptr<server::SqlStore> m_store;
};

/// The lines of a file but for empty ones and comments.
std::vector<std::string> linesOf(const QString& path)
{
    std::vector<std::string> lines;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return lines;
    while (!file.atEnd()) {
        const QByteArray line = file.readLine().trimmed();
        if (!line.isEmpty() && !line.startsWith("##"))
            lines.push_back(line.toStdString());
    }
    return lines;
}

struct Comparison {
    std::string difference; ///< the first one
    bool hasPoints = false;
    bool fails = false; ///< on Prometheus' side
};

Comparison compare(const Ours& ours, const Prometheus& theirs, const std::string& query)
{
    Comparison comparison;
    for (const QueryTime& time : kTimes) {
        const Answer expected = theirs.ask(query, time);
        comparison.hasPoints = comparison.hasPoints || !expected.series.empty();
        comparison.fails = comparison.fails || !expected.error.empty();
        comparison.difference = difference(ours.ask(query, time), expected);
        if (!comparison.difference.empty()) {
            comparison.difference.insert(0, time.stepMs == 0 ? "instant: " : "range: ");
            return comparison;
        }
    }
    return comparison;
}

} // namespace

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    QCommandLineParser options;
    options.addOption({QStringLiteral("generated"), QStringLiteral("how many queries to generate"),
        QStringLiteral("count"), QStringLiteral("150")});
    options.addOption(
        {QStringLiteral("seed"), QStringLiteral("of the generator"), QStringLiteral("number"), QStringLiteral("1")});
    options.addHelpOption();
    options.process(application);
    const QString programs = qEnvironmentVariable("SEXTANT_PEER");
    if (programs.isEmpty()) {
        std::fprintf(stderr, "run it as scripts/peer prometheus -- %s\n", argv[0]);
        return 2;
    }
    const auto samples = makeSamples();
    const auto later = makeStaleSamples();
    Ours ours;
    Prometheus theirs(programs);
    if (!ours.start(samples, later) || !theirs.start(toOpenMetrics(samples)) ||
        !theirs.writeSamples(toRemoteWrite(later))) {
        std::fprintf(stderr, "a side does not start\n");
        return 1;
    }
    const QString folder = QStringLiteral(SEXTANT_ORACLE_DIR);
    const auto listed = linesOf(folder + QStringLiteral("/known_differences.txt"));
    std::set<std::string> known(listed.begin(), listed.end());
    std::vector<std::string> queries = linesOf(folder + QStringLiteral("/queries.txt"));
    const std::size_t written = queries.size();
    QueryGenerator generator(options.value(QStringLiteral("seed")).toULongLong());
    for (int i = 0; i < options.value(QStringLiteral("generated")).toInt(); ++i)
        queries.push_back(generator.next());
    // What is listed is asked too, also where these queries would not hold it.
    queries.insert(queries.end(), known.begin(), known.end());

    std::set<std::string> seen;
    std::size_t agree = 0;
    std::size_t differ = 0;
    std::size_t surprises = 0;
    std::size_t withPoints = 0;
    std::size_t failing = 0;
    for (const std::string& query : queries) {
        if (!seen.insert(query).second)
            continue;
        const Comparison found = compare(ours, theirs, query);
        const bool differs = !found.difference.empty();
        const bool isKnown = known.contains(query);
        if (!differs && isKnown)
            std::printf("no difference any more, though listed: %s\n", query.c_str());
        else if (differs)
            std::printf("%s: %s\n    %s\n", isKnown ? "known difference" : "DIFFERENCE", query.c_str(),
                found.difference.c_str());
        ++(differs ? differ : agree);
        surprises += differs != isKnown ? std::size_t{1} : 0;
        withPoints += found.hasPoints ? std::size_t{1} : 0;
        failing += found.fails ? std::size_t{1} : 0;
    }
    std::printf(
        "%zu queries agree and %zu differ (%zu of them listed); %zu were written by hand, %zu gave points, %zu fail "
        "with Prometheus\n",
        agree, differ, known.size(), written, withPoints, failing);
    // Where most give nothing, nothing was compared.
    return surprises == 0 && written > 0 && withPoints > seen.size() / 2 ? 0 : 1;
}
