// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/influx_line.h"

#include <QTest>

using namespace sextant;
using namespace sextant::server;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000;

Intake read(std::string_view body, InfluxPrecision precision = InfluxPrecision::Nanoseconds)
{
    return readInfluxLines(body, {precision, {}, kNow}).value();
}

/// Every series as `name{labels} value@time`, by line.
QStringList shown(const Intake& intake)
{
    QStringList lines;
    for (const SampleSeries& series : intake.series)
        lines.append(
            QStringLiteral("%1:%2{%3} %4@%5")
                .arg(series.item)
                .arg(QString::fromStdString(series.name), QString::fromStdString(metrics::labelText(series.labels)))
                .arg(series.samples.at(0).value)
                .arg(series.samples.at(0).timeMs));
    return lines;
}

} // namespace

class InfluxLineTest : public QObject {
    Q_OBJECT

private slots:
    void aFieldIsASeries()
    {
        QCOMPARE(
            shown(read("cpu,host=web01,region=eu usage_idle=97.5,cores=8i,up=true,large=7u 1767225600123456789\n")),
            (QStringList{QStringLiteral("1:cpu_usage_idle{host=\"web01\",region=\"eu\"} 97.5@1767225600123"),
                QStringLiteral("1:cpu_cores{host=\"web01\",region=\"eu\"} 8@1767225600123"),
                QStringLiteral("1:cpu_up{host=\"web01\",region=\"eu\"} 1@1767225600123"),
                QStringLiteral("1:cpu_large{host=\"web01\",region=\"eu\"} 7@1767225600123")}));
    }

    void textsAreLeftOutAndMayHoldAnything()
    {
        QCOMPARE(shown(read(
                     "a text=\"x, y=1 \\\"quoted\\\"\nand a second line\",value=2 5000000\nb v=\"only text\"\nc v=3")),
            (QStringList{QStringLiteral("1:a_value{} 2@5"), QStringLiteral("4:c_v{} 3@1767225600000")}));
    }

    void escapesAndNames()
    {
        QCOMPARE(shown(read("my\\ disk\\,1,a\\=b=c\\ d\\,e,path=C:\\x used\\ percent=1,2nd=2")),
            (QStringList{QStringLiteral("1:my_disk_1_used_percent{a_b=\"c d,e\",path=\"C:\\\\x\"} 1@1767225600000"),
                QStringLiteral("1:my_disk_1_2nd{a_b=\"c d,e\",path=\"C:\\\\x\"} 2@1767225600000")}));
        QCOMPARE(shown(read("1st,9a=b v=1")), QStringList{QStringLiteral("1:_1st_v{_9a=\"b\"} 1@1767225600000")});
    }

    void precisions_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<qint64>("timeMs");
        QTest::newRow("ns") << QByteArray("ns") << qint64{0};
        QTest::newRow("u") << QByteArray("u") << qint64{7};
        QTest::newRow("ms") << QByteArray("ms") << qint64{7'200};
        QTest::newRow("s") << QByteArray("s") << qint64{7'200'000};
        QTest::newRow("m") << QByteArray("m") << qint64{432'000'000};
        QTest::newRow("h") << QByteArray("h") << qint64{25'920'000'000};
    }
    void precisions()
    {
        QFETCH(QByteArray, name);
        QFETCH(qint64, timeMs);
        const Intake intake = read("a v=1 7200", *parseInfluxPrecision(name.toStdString()));
        QCOMPARE(intake.series.at(0).samples.at(0).timeMs, timeMs);
        QVERIFY(!parseInfluxPrecision("fortnight"));
    }

    void aTimeBeforeTheEpochIsRoundedDown()
    {
        QCOMPARE(read("a v=1 -1").series.at(0).samples.at(0).timeMs, std::int64_t{-1});
    }

    void theDatabaseIsALabel()
    {
        const Intake intake =
            readInfluxLines("a v=1\na,db=own v=1", {InfluxPrecision::Seconds, "telegraf", kNow}).value();
        QCOMPARE(shown(intake), (QStringList{QStringLiteral("1:a_v{db=\"telegraf\"} 1@1767225600000"),
                                    QStringLiteral("2:a_v{db=\"own\"} 1@1767225600000")}));
    }

    void aBadLineCostsItselfAlone_data()
    {
        QTest::addColumn<QByteArray>("line");
        for (const char* line : {"a", "a ", "a,b v=1", "a,=b v=1", "a v", "a v=", "a =1", "a v=x", "a v=1,", "a v=1i5",
                 "a v=1 x", "a v=1 1 2", "a v=1 99999999999999999999", "a v=\"open", "a v=NaN", "a v=inf", "a v=1e999",
                 ",b=c v=1", "a v=9223372036854775808i", "a v=-1u", "a v=\"x\"y"})
            QTest::newRow(line) << QByteArray(line);
    }
    void aBadLineCostsItselfAlone()
    {
        QFETCH(QByteArray, line);
        const Intake intake = read("good v=1\n# a comment\n" + line.toStdString() + "\r\ngood v=2\n");
        QCOMPARE(intake.series.size(), std::size_t{2});
        QCOMPARE(intake.series.back().item, std::size_t{4});
        QCOMPARE(intake.received.refused, std::size_t{1});
        QCOMPARE(intake.received.items.at(0).item, std::size_t{3});
        QCOMPARE(intake.received.items.at(0).reason, std::string_view("malformed"));
    }

    void explosionsAreRefused()
    {
        std::string tags = "a";
        for (int i = 0; i < 65; ++i)
            tags += ",t" + std::to_string(i) + "=x";
        QCOMPARE(read(tags + " v=1").received.refused, std::size_t{1});

        std::string fields = "a f0=1";
        for (std::size_t i = 1; i <= SampleSink::kMaxSamples; ++i)
            fields += ",f=1";
        QCOMPARE(readInfluxLines(fields, {}).error().code, ErrorCode::TooLarge);

        std::string copies = "a";
        for (int i = 0; i < 60; ++i)
            copies += ",t" + std::to_string(i) + "=x";
        copies += " f=1";
        for (std::size_t i = 0; i < SampleSink::kMaxSamples / 5; ++i)
            copies += ",f=1";
        QCOMPARE(readInfluxLines(copies, {}).error().code, ErrorCode::TooLarge);
    }
};

QTEST_APPLESS_MAIN(InfluxLineTest)
#include "influx_line_test.moc"
