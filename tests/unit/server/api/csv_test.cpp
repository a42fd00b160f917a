// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/csv.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace sextant;
using namespace sextant::server;

namespace {

constexpr std::size_t kMany = 1 << 20;

QString csvOf(const promql::MatrixValue& series)
{
    const auto csv = toCsv(series, kMany);
    return csv ? QString::fromStdString(*csv) : QStringLiteral("error: ") + QString::fromStdString(csv.error().message);
}

} // namespace

class CsvTest : public QObject {
    Q_OBJECT

private slots:
    void writesALinePerPointAndAColumnPerLabel()
    {
        const promql::MatrixValue series{{{{"__name__", "a"}, {"host", "x"}}, {{1'700'000'000'007, 0.1}, {0, -1}}},
            {{{"__name__", "b"}, {"disk", "sda"}}, {{-1, 1e300}}}};
        QCOMPARE(csvOf(series), QStringLiteral("time,value,__name__,disk,host\r\n"
                                               "2023-11-14T22:13:20.007Z,0.1,a,,x\r\n"
                                               "1970-01-01T00:00:00.000Z,-1,a,,x\r\n"
                                               "1969-12-31T23:59:59.999Z,1e+300,b,sda,\r\n"));
    }

    void quotesWhatNeedsIt()
    {
        const auto row = [](const std::string& value) {
            return csvOf({{{{"l", value}}, {{0, 1}}}}).section(QStringLiteral("000Z,1,"), 1).chopped(2);
        };
        QCOMPARE(row("plain text"), QStringLiteral("plain text"));
        QCOMPARE(row("a,b"), QStringLiteral("\"a,b\""));
        QCOMPARE(row("say \"hi\""), QStringLiteral("\"say \"\"hi\"\"\""));
        QCOMPARE(row("two\nlines"), QStringLiteral("\"two\nlines\""));
    }

    void aLabelIsNeverAFormula_data()
    {
        QTest::addColumn<QString>("label");
        QTest::addColumn<QString>("field");
        QTest::newRow("equals") << "=1+1"
                                << "'=1+1";
        QTest::newRow("plus") << "+1"
                              << "'+1";
        QTest::newRow("minus") << "-1"
                               << "'-1";
        QTest::newRow("at") << "@SUM(A1)"
                            << "'@SUM(A1)";
        QTest::newRow("tab") << "\t=1"
                             << "'\t=1";
        QTest::newRow("quoted") << "=HYPERLINK(\"http://x\",\"y\")"
                                << "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"";
        QTest::newRow("within") << "a=1"
                                << "a=1";
    }
    void aLabelIsNeverAFormula()
    {
        QFETCH(QString, label);
        QFETCH(QString, field);
        QCOMPARE(
            csvOf({{{{"l", label.toStdString()}}, {{0, 1}}}}).section(QStringLiteral("000Z,1,"), 1).chopped(2), field);
    }

    void writesNumbersThatAreNone()
    {
        const double infinity = std::numeric_limits<double>::infinity();
        QCOMPARE(csvOf({{{}, {{0, infinity}, {0, -infinity}, {0, std::nan("")}}}}),
            QStringLiteral("time,value\r\n1970-01-01T00:00:00.000Z,+Inf\r\n1970-01-01T00:00:00.000Z,-Inf\r\n"
                           "1970-01-01T00:00:00.000Z,NaN\r\n"));
        QCOMPARE(csvOf({}), QStringLiteral("time,value\r\n"));
    }

    void refusesWhatIsTooMuchOrHasNoDate()
    {
        const promql::MatrixValue series{{{}, {{0, 1}}}};
        const std::size_t size = toCsv(series, kMany)->size();
        QVERIFY(toCsv(series, size).has_value());
        QVERIFY(toCsv(series, size - 1).error().code == ErrorCode::TooLarge);
        QVERIFY(toCsv({{{}, {{253'402'300'799'999, 1}}}}, kMany).has_value());
        QVERIFY(toCsv({{{}, {{253'402'300'800'000, 1}}}}, kMany).error().code == ErrorCode::Invalid);
    }
};

QTEST_APPLESS_MAIN(CsvTest)
#include "csv_test.moc"
