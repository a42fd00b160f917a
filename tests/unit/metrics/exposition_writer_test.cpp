// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/exposition_writer.h"

#include <QTest>

#include <array>
#include <limits>

using namespace sextant::metrics;

namespace {

using Label = std::pair<std::string_view, std::string_view>;
constexpr std::array kHost{Label{"host", "a\"b\\c\nd"}, Label{"mount", "/var"}};

std::string written(ExpositionWriter::Format format)
{
    ExpositionWriter writer(format);
    writer.begin("things_total", MetricType::Counter, "What \"it\" is:\na \\ counter");
    writer.sample(3, kHost);
    writer.sample(0.1, {}, {}, 1'700'000'000'500);
    writer.begin("old", MetricType::Untyped, "?");
    writer.sample(std::numeric_limits<double>::quiet_NaN());
    writer.single("up", MetricType::Gauge, "One", 1);
    return writer.take();
}

} // namespace

class ExpositionWriterTest : public QObject {
    Q_OBJECT

private slots:
    void textEscapesLabelsAndHelp()
    {
        QCOMPARE(QString::fromStdString(written(ExpositionWriter::Format::Text)),
            QStringLiteral("# HELP things_total What \"it\" is:\\na \\\\ counter\n"
                           "# TYPE things_total counter\n"
                           "things_total{host=\"a\\\"b\\\\c\\nd\",mount=\"/var\"} 3\n"
                           "things_total 0.1 1700000000500\n"
                           "# HELP old ?\n# TYPE old untyped\nold NaN\n"
                           "# HELP up One\n# TYPE up gauge\nup 1\n"));
    }

    void openMetricsNamesTheFamilyAndEnds()
    {
        QCOMPARE(QString::fromStdString(written(ExpositionWriter::Format::OpenMetrics)),
            QStringLiteral("# HELP things What \\\"it\\\" is:\\na \\\\ counter\n"
                           "# TYPE things counter\n"
                           "things_total{host=\"a\\\"b\\\\c\\nd\",mount=\"/var\"} 3\n"
                           "things_total 0.1 1700000000.5\n"
                           "# HELP old ?\n# TYPE old unknown\nold NaN\n"
                           "# HELP up One\n# TYPE up gauge\nup 1\n# EOF\n"));
    }

    void numbersReadBackAsTheSame()
    {
        for (const double number : {0.1, 1e300, 5e-324, -0.0, 123456789.125, 1e15 + 0.5})
            QCOMPARE(QByteArray::fromStdString(expositionNumber(number)).toDouble(), number);
        QCOMPARE(expositionNumber(std::numeric_limits<double>::infinity()), std::string("+Inf"));
        QCOMPARE(expositionNumber(-std::numeric_limits<double>::infinity()), std::string("-Inf"));
    }

    void takingBeginsAnew()
    {
        ExpositionWriter writer;
        writer.single("a", MetricType::Gauge, "A", 1);
        QVERIFY(!writer.take().empty());
        QCOMPARE(writer.take(), std::string());
    }
};

QTEST_APPLESS_MAIN(ExpositionWriterTest)
#include "exposition_writer_test.moc"
