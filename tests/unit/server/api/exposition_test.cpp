// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/exposition_parser.h"
#include "server/api/exposition.h"

#include <QTest>

using namespace sextant;
using namespace sextant::server;

namespace {

constexpr std::size_t kMany = 1 << 20;

promql::MatrixValue someSeries()
{
    return {{{{"__name__", "system_cpu_user_seconds_total"}, {"instance", "a\"b"}}, {{1'700'000'000'500, 1.5}}},
        {{{"__name__", "orders_total"}}, {{1'000, 1}, {2'000, 2}}}, {{{"of", "nothing"}}, {{1, -0.1}}},
        {{{"__name__", "system_cpu_user_seconds_total"}, {"instance", "c"}}, {{7, 2}}}};
}

QString written(ExpositionFormat format)
{
    promql::MatrixValue series = someSeries();
    metrics::ExpositionWriter text(format);
    MetricDescriptions said;
    said.learn({{"orders_total", "counter", "How many\nthere were.", "orders"}});
    if (!writeSeries(text, series, said, kMany))
        return {};
    return QString::fromStdString(text.take());
}

} // namespace

class ExpositionTest : public QObject {
    Q_OBJECT

private slots:
    void takesTheFormatThatIsLikedBest_data()
    {
        QTest::addColumn<QString>("accept");
        QTest::addColumn<bool>("openMetrics");
        QTest::newRow("none") << "" << false;
        QTest::newRow("anything") << "*/*" << false;
        QTest::newRow("a browser") << "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8" << false;
        QTest::newRow("Prometheus 2.42") << "application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                                            "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
                                         << true;
        QTest::newRow("alone") << "application/openmetrics-text" << true;
        QTest::newRow("blanks and case") << " Application/OpenMetrics-Text ; version=1.0.0 ; charset=utf-8 " << true;
        QTest::newRow("text is better") << "application/openmetrics-text;q=0.4, text/plain;q=0.5" << false;
        QTest::newRow("as good") << "text/plain, application/openmetrics-text" << true;
        QTest::newRow("never") << "application/openmetrics-text;q=0, text/plain;q=0" << false;
        QTest::newRow("another version") << "application/openmetrics-text;version=2.0.0" << false;
        QTest::newRow("no weight") << "application/openmetrics-text;q=high" << false;
    }
    void takesTheFormatThatIsLikedBest()
    {
        QFETCH(QString, accept);
        QTEST(expositionFormat(accept.toStdString()) == ExpositionFormat::OpenMetrics, "openMetrics");
    }

    void saysWhatTheCatalogueKnows()
    {
        const QString help = QStringLiteral("Time in user code at normal priority, guests not included.");
        QCOMPARE(written(ExpositionFormat::OpenMetrics),
            QStringLiteral(
                "# HELP orders How many\\nthere were.\n# TYPE orders counter\norders_total 1 1\norders_total 2 2\n"
                "# TYPE query_result unknown\nquery_result{of=\"nothing\"} -0.1 0.001\n"
                "# HELP system_cpu_user_seconds %1\n# TYPE system_cpu_user_seconds counter\n"
                "# UNIT system_cpu_user_seconds seconds\n"
                "system_cpu_user_seconds_total{instance=\"a\\\"b\"} 1.5 1700000000.5\n"
                "system_cpu_user_seconds_total{instance=\"c\"} 2 0.007\n# EOF\n")
                .arg(help));
        QVERIFY(written(ExpositionFormat::Text)
                    .contains(QStringLiteral("# TYPE system_cpu_user_seconds_total counter\n"
                                             "system_cpu_user_seconds_total{instance=")));
    }

    void readsBackAsTheSame_data()
    {
        QTest::addColumn<bool>("openMetrics");
        QTest::newRow("text") << false;
        QTest::newRow("OpenMetrics") << true;
    }
    void readsBackAsTheSame()
    {
        QFETCH(bool, openMetrics);
        const QString text = written(openMetrics ? ExpositionFormat::OpenMetrics : ExpositionFormat::Text);
        const auto read = metrics::parseExposition(text.toStdString(),
            openMetrics ? metrics::ExpositionFormat::OpenMetrics : metrics::ExpositionFormat::Text, 100);
        QVERIFY(read.has_value());
        QCOMPARE(read->faultCount, std::size_t{0});
        QCOMPARE(read->samples.size(), std::size_t{5});
        QCOMPARE(read->samples[3].name, std::string("system_cpu_user_seconds_total"));
        QCOMPARE(read->samples[3].labels[0].value, std::string("a\"b"));
        QCOMPARE(read->samples[3].value, 1.5);
        QCOMPARE(*read->samples[3].timeMs, std::int64_t{1'700'000'000'500});
    }

    /// In OpenMetrics a counter's family is called without `_total`: there must not be two of that name.
    void aCounterBesideAMetricOfItsFamilysNameHasNoType()
    {
        promql::MatrixValue series{
            {{{"__name__", "jobs_total"}}, {{1'000, 1}}}, {{{"__name__", "jobs"}}, {{1'000, 2}}}};
        MetricDescriptions said;
        said.learn({{"jobs", "gauge", {}, {}}, {"jobs_total", "counter", {}, {}}});
        metrics::ExpositionWriter text(ExpositionFormat::OpenMetrics);
        QVERIFY(writeSeries(text, series, said, kMany));
        QCOMPARE(text.take(),
            std::string("# TYPE jobs gauge\njobs 2 1\n# TYPE jobs_total unknown\njobs_total 1 1\n# EOF\n"));
    }

    /// In the text format a counter may be called as it likes.
    void aCounterWithoutTotalHasATypeInText()
    {
        promql::MatrixValue series{{{{"__name__", "jobs"}}, {{1'000, 2}}}};
        MetricDescriptions said;
        said.learn({{"jobs", "counter", {}, {}}});
        metrics::ExpositionWriter text(ExpositionFormat::Text);
        QVERIFY(writeSeries(text, series, said, kMany));
        QCOMPARE(text.take(), std::string("# TYPE jobs counter\njobs 2 1000\n"));
        metrics::ExpositionWriter openMetrics(ExpositionFormat::OpenMetrics);
        QVERIFY(writeSeries(openMetrics, series, said, kMany));
        QCOMPARE(openMetrics.take(), std::string("# TYPE jobs unknown\njobs 2 1\n# EOF\n"));
    }

    /// Parts stand under one type, of each set of labels and time together, buckets in the order of their bounds.
    void histogramsAndSummariesAreOneFamily()
    {
        const auto one = [](const char* name, const char* shop, std::vector<promql::Point> points,
                             promql::Labels boundary = {}) {
            promql::Labels labels{{"__name__", name}};
            labels.insert(labels.end(), boundary.begin(), boundary.end());
            labels.push_back({"shop", shop});
            return promql::MatrixSeries{labels, std::move(points)};
        };
        promql::MatrixValue series{one("d_seconds_bucket", "a", {{1'000, 3}, {2'000, 4}}, {{"le", "+Inf"}}),
            one("d_seconds_bucket", "a", {{1'000, 2}, {2'000, 2}}, {{"le", "10"}}),
            one("d_seconds_bucket", "a", {{1'000, 1}}, {{"le", "9"}}),
            one("d_seconds_bucket", "b", {{1'000, 7}}, {{"le", "+Inf"}}),
            one("d_seconds_sum", "a", {{1'000, 30}, {2'000, 40}}),
            one("d_seconds_count", "a", {{1'000, 3}, {2'000, 4}}), one("d_seconds_created", "a", {{1'000, 5}}),
            one("s", "a", {{1'000, 9}}, {{"quantile", "0.9"}}), one("s", "a", {{1'000, 5}}, {{"quantile", "0.5"}}),
            one("s_sum", "a", {{1'000, 8}}), one("s_count", "a", {{1'000, 2}})};
        MetricDescriptions said;
        said.learn({{"d_seconds", "histogram", "How long.", "seconds"}, {"s", "summary", {}, {}}});
        metrics::ExpositionWriter text(ExpositionFormat::OpenMetrics);
        QVERIFY(writeSeries(text, series, said, kMany));
        QCOMPARE(QString::fromStdString(text.take()),
            QStringLiteral("# HELP d_seconds How long.\n# TYPE d_seconds histogram\n# UNIT d_seconds seconds\n"
                           "d_seconds_bucket{le=\"9\",shop=\"a\"} 1 1\nd_seconds_bucket{le=\"10\",shop=\"a\"} 2 1\n"
                           "d_seconds_bucket{le=\"+Inf\",shop=\"a\"} 3 1\nd_seconds_sum{shop=\"a\"} 30 1\n"
                           "d_seconds_count{shop=\"a\"} 3 1\n"
                           "d_seconds_bucket{le=\"10\",shop=\"a\"} 2 2\nd_seconds_bucket{le=\"+Inf\",shop=\"a\"} 4 2\n"
                           "d_seconds_sum{shop=\"a\"} 40 2\nd_seconds_count{shop=\"a\"} 4 2\n"
                           "d_seconds_bucket{le=\"+Inf\",shop=\"b\"} 7 1\n"
                           "# TYPE d_seconds_created unknown\nd_seconds_created{shop=\"a\"} 5 1\n"
                           "# TYPE s summary\ns{quantile=\"0.5\",shop=\"a\"} 5 1\ns{quantile=\"0.9\",shop=\"a\"} 9 1\n"
                           "s_sum{shop=\"a\"} 8 1\ns_count{shop=\"a\"} 2 1\n# EOF\n"));
    }

    /// A histogram without its last bucket is none, nor is what only has its name.
    void whatIsNotWholeHasNoType_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("boundary");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("types");
        const auto row = [](const char* title, const char* name, const char* boundary, const char* value,
                             const char* types) { QTest::newRow(title) << name << boundary << value << types; };
        row("no last bucket", "h_bucket", "le", "5", "h_bucket untyped");
        row("a bound that is no number", "h_bucket", "le", "+Inf and more", "h_bucket untyped");
        row("a bucket without a bound", "h_bucket", "of", "5", "h_bucket untyped");
        row("a sum alone", "h_sum", "of", "5", "h_sum untyped");
        row("a histogram's name", "h", "of", "5", "h untyped");
        row("a summary's name", "s", "of", "5", "s untyped");
        row("a bucket of a summary", "s_bucket", "le", "+Inf", "s_bucket untyped");
        row("a summary's sum", "s_sum", "of", "5", "s summary");
        row("a last bucket", "h_bucket", "le", "+Inf", "h histogram");
    }
    void whatIsNotWholeHasNoType()
    {
        QFETCH(QString, name);
        QFETCH(QString, boundary);
        QFETCH(QString, value);
        promql::MatrixValue series{
            {{{"__name__", name.toStdString()}, {boundary.toStdString(), value.toStdString()}}, {{1'000, 1}}}};
        MetricDescriptions said;
        said.learn({{"h", "histogram", {}, {}}, {"s", "summary", {}, {}}});
        metrics::ExpositionWriter text(ExpositionFormat::Text);
        QVERIFY(writeSeries(text, series, said, kMany));
        const QString written = QString::fromStdString(text.take());
        QCOMPARE(written.count(QStringLiteral("# TYPE")), 1);
        QTEST(written.section(QLatin1Char('\n'), 0, 0).mid(7), "types");
    }

    void stopsAtTheLimit()
    {
        promql::MatrixValue series = someSeries();
        metrics::ExpositionWriter text(ExpositionFormat::Text);
        QVERIFY(writeSeries(text, series, MetricDescriptions(), 20).error().code == ErrorCode::TooLarge);
        QVERIFY(text.size() < 200);
    }
};

QTEST_APPLESS_MAIN(ExpositionTest)
#include "exposition_test.moc"
