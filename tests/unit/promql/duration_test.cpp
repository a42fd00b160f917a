// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/duration.h"
#include "promql/parser.h"

#include <QTest>

using namespace sextant;
using namespace sextant::promql;

class DurationTest : public QObject {
    Q_OBJECT

private slots:
    void readsAndWrites()
    {
        struct Row {
            const char* text;
            std::int64_t ms;
            const char* written;
        };
        const Row rows[] = {
            {"1ms", 1, "1ms"},
            {"250ms", 250, "250ms"},
            {"1s", 1000, "1s"},
            {"1500ms", 1500, "1s500ms"},
            {"5m", 300'000, "5m"},
            {"300s", 300'000, "5m"},
            {"1h30m", 5'400'000, "1h30m"},
            {"90m", 5'400'000, "1h30m"},
            {"1d", 86'400'000, "1d"},
            {"7d", 604'800'000, "1w"},
            {"8d", 691'200'000, "8d"},
            {"1w1d", 691'200'000, "8d"},
            {"14d", 1'209'600'000, "2w"},
            {"365d", 31'536'000'000, "1y"},
            {"1y1d", 31'622'400'000, "366d"},
            {"1y2w3d4h5m6s7ms", 33'019'506'007, "382d4h5m6s7ms"},
            {"0h5m", 300'000, "5m"},
            {"007s", 7000, "7s"},
            {"9223372036854ms", 9'223'372'036'854, "106751d23h47m16s854ms"},
        };
        for (const Row& row : rows) {
            const auto ms = parseDuration(row.text);
            QVERIFY2(ms, row.text);
            QCOMPARE(*ms, row.ms);
            QCOMPARE(durationText(*ms), std::string(row.written));
            QCOMPARE(*parseDuration(row.written), row.ms);
        }
        QCOMPARE(durationText(0), std::string("0s"));
    }

    void refuses()
    {
        struct Row {
            const char* text;
            const char* error;
        };
        const Row rows[] = {
            {"", "empty duration string"},
            {"0", "duration must be greater than 0"},
            {"0s", "duration must be greater than 0"},
            {"0h0m", "duration must be greater than 0"},
            {"5", "not a valid duration string: \"5\""},
            {"m", "not a valid duration string: \"m\""},
            {"5x", "not a valid duration string: \"5x\""},
            {"5m1h", "not a valid duration string: \"5m1h\""},
            {"5m5m", "not a valid duration string: \"5m5m\""},
            {"1ms1s", "not a valid duration string: \"1ms1s\""},
            {"5hs", "not a valid duration string: \"5hs\""},
            {"5m5", "not a valid duration string: \"5m5\""},
            {"-5m", "not a valid duration string: \"-5m\""},
            {"+5m", "not a valid duration string: \"+5m\""},
            {"5 m", "not a valid duration string: \"5 m\""},
            {" 5m", "not a valid duration string: \" 5m\""},
            {"1.5h", "not a valid duration string: \"1.5h\""},
            {"5M", "not a valid duration string: \"5M\""},
            {"293y", "duration out of range"},
            {"292y292y", "not a valid duration string: \"292y292y\""},
            {"292y172d", "duration out of range"},
            {"9223372036855ms", "duration out of range"},
            {"99999999999999999999s", "duration out of range"},
        };
        for (const Row& row : rows) {
            const auto ms = parseDuration(row.text);
            QVERIFY2(!ms, row.text);
            QCOMPARE(ms.error().message, std::string(row.error));
            QVERIFY(ms.error().code == ErrorCode::Invalid);
        }
    }
};

QTEST_APPLESS_MAIN(DurationTest)
#include "duration_test.moc"
