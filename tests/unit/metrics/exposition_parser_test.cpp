// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/exposition_parser.h"
#include "metrics/exposition_writer.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace sextant;
using namespace sextant::metrics;

namespace {

Exposition parse(std::string_view text, ExpositionFormat format = ExpositionFormat::Text)
{
    return parseExposition(text, format, 1'000).value();
}

} // namespace

class ExpositionParserTest : public QObject {
    Q_OBJECT

private slots:
    void readsTheExampleOfTheFormat()
    {
        // https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-example
        const Exposition read = parse("# HELP http_requests_total The total number of HTTP requests.\n"
                                      "# TYPE http_requests_total counter\n"
                                      "http_requests_total{method=\"post\",code=\"200\"} 1027 1395066363000\n"
                                      "http_requests_total{method=\"post\",code=\"400\"}    3 1395066363000\n"
                                      "\n"
                                      "# Escaping in label values:\n"
                                      "msdos_file_access_time_seconds{path=\"C:\\\\DIR\\\\FILE.TXT\",error=\"Cannot "
                                      "find file:\\n\\\"FILE.TXT\\\"\"} 1.458255915e9\n"
                                      "\n"
                                      "# Minimalistic line:\n"
                                      "metric_without_timestamp_and_labels 12.47\n"
                                      "\n"
                                      "# A weird metric from before the epoch:\n"
                                      "something_weird{problem=\"division by zero\"} +Inf -3982045\n"
                                      "rpc_duration_seconds{quantile=\"0.01\"} 3102\n");
        QCOMPARE(read.faultCount, std::size_t{0});
        QCOMPARE(read.samples.size(), std::size_t{6});
        QCOMPARE(read.samples[0].name, std::string("http_requests_total"));
        QVERIFY((read.samples[0].labels == Labels{{"method", "post"}, {"code", "200"}}));
        QCOMPARE(read.samples[0].timeMs, std::optional<std::int64_t>(1'395'066'363'000));
        QCOMPARE(read.samples[0].line, std::size_t{3});
        QCOMPARE(read.samples[2].labels[1].value, std::string("Cannot find file:\n\"FILE.TXT\""));
        QVERIFY(read.samples[3].labels.empty() && !read.samples[3].timeMs);
        QVERIFY(std::isinf(read.samples[4].value));
        QCOMPARE(read.samples[4].timeMs, std::optional<std::int64_t>(-3'982'045));
        QCOMPARE(read.metadata.size(), std::size_t{1});
        QCOMPARE(read.metadata[0].type, std::string("counter"));
        QCOMPARE(read.metadata[0].help, std::string("The total number of HTTP requests."));
    }

    void readsOpenMetrics()
    {
        const Exposition read = parse("# TYPE foo_seconds counter\n# UNIT foo_seconds seconds\n"
                                      "foo_seconds_total{a=\"b\"} 1.5 1520879607.789 # {trace=\"x\"} 0.5 1520879607\n"
                                      "bar 1 # {trace=\"y\"} 1\nbaz 2\n# EOF\nbehind 3\n",
            ExpositionFormat::OpenMetrics);
        QCOMPARE(read.faultCount, std::size_t{0});
        QCOMPARE(read.samples.size(), std::size_t{3});
        QCOMPARE(read.samples[0].timeMs, std::optional<std::int64_t>(1'520'879'607'789));
        QCOMPARE(read.samples[1].value, 1.0);
        QCOMPARE(read.metadata[0].unit, std::string("seconds"));
    }

    void aBadLineCostsItselfAlone_data()
    {
        QTest::addColumn<QByteArray>("line");
        for (const char* line : {"foo{a=\"b\"}", "foo", "foo bar", "1foo 1", "foo{a=b} 1", "foo{a=\"b\" 1", "foo 1 2 3",
                 "foo 1 x", "foo{a=\"b\"} 1 2.5", "foo 1e400", "foo nan(1)", "foo +-1", "foo{a-b=\"c\"} 1",
                 "{a=\"b\"} 1", "# TYPE 1foo counter", "# HELP foo \xff", "foo\xff 1", "foo 0x"})
            QTest::newRow(line) << QByteArray(line);
    }
    void aBadLineCostsItselfAlone()
    {
        QFETCH(QByteArray, line);
        const Exposition read = parse("good 1\n" + line.toStdString() + "\r\ngood 2");
        QCOMPARE(read.samples.size(), std::size_t{2});
        QCOMPARE(read.samples[1].value, 2.0);
        QCOMPARE(read.faultCount, std::size_t{1});
        QCOMPARE(read.faults.front().line, std::size_t{2});
        QVERIFY(!read.faults.front().message.empty());
    }

    void numbers()
    {
        QCOMPARE(parseExpositionNumber("+1.5e3"), std::optional(1'500.0));
        QCOMPARE(parseExpositionNumber("-Inf"), std::optional(-std::numeric_limits<double>::infinity()));
        QVERIFY(std::isnan(*parseExpositionNumber("NaN")));
        for (const char* text : {"", "+", "1_0", " 1", "1 ", "++1", "Info"})
            QVERIFY2(!parseExpositionNumber(text), text);
    }

    void whatOurWriterWritesComesBack()
    {
        ExpositionWriter writer(ExpositionWriter::Format::OpenMetrics);
        writer.begin("a_total", MetricType::Counter, "With \\ and\nline.");
        const std::pair<std::string_view, std::string_view> labels[] = {{"path", "C:\\ \"x\"\n"}, {"ü_ok", "no name"}};
        writer.sample(0.1, std::span(labels).first(1), {}, 1'500);
        const Exposition read = parse(writer.take(), ExpositionFormat::OpenMetrics);
        QCOMPARE(read.faultCount, std::size_t{0});
        QCOMPARE(read.samples.size(), std::size_t{1});
        QCOMPARE(read.samples[0].labels.front().value, std::string("C:\\ \"x\"\n"));
        QCOMPARE(read.samples[0].value, 0.1);
        QCOMPARE(read.samples[0].timeMs, std::optional<std::int64_t>(1'500));
        QCOMPARE(read.metadata[0].help, std::string("With \\ and\nline."));
    }

    void tooMuchIsRefusedAsAWhole()
    {
        std::string samples;
        for (int i = 0; i < 1'001; ++i)
            samples += "a 1\n";
        QCOMPARE(parseExposition(samples, ExpositionFormat::Text, 1'000).error().code, ErrorCode::TooLarge);
        QVERIFY(parseExposition(samples, ExpositionFormat::Text, 1'001).has_value());
        std::string labels;
        for (int i = 0; i < 1'000; ++i)
            labels += "a{b=\"\",b=\"\",b=\"\",b=\"\",b=\"\",b=\"\",b=\"\",b=\"\",b=\"\",b=\"\",b=\"\"} 1\n";
        QCOMPARE(parseExposition(labels, ExpositionFormat::Text, 1'000).error().code, ErrorCode::TooLarge);
        std::string types;
        for (int i = 0; i < 1'001; ++i)
            types += "# TYPE a" + std::to_string(i) + " gauge\n";
        QCOMPARE(parseExposition(types, ExpositionFormat::Text, 1'000).error().code, ErrorCode::TooLarge);
    }
};

QTEST_APPLESS_MAIN(ExpositionParserTest)
#include "exposition_parser_test.moc"
