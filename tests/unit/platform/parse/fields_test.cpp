// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/fields.h"

#include <QTest>

using namespace sextant::platform::parse;

class FieldsTest : public QObject {
    Q_OBJECT
private slots:
    void linesAreTakenWithoutTheirFeed()
    {
        std::string_view text = "a\n\nb";
        std::string_view line;
        QVERIFY(takeLine(text, line) && line == "a");
        QVERIFY(takeLine(text, line) && line.empty());
        QVERIFY(takeLine(text, line) && line == "b");
        QVERIFY(!takeLine(text, line));
    }

    void fieldsAreSeparatedByAnyNumberOfBlanks()
    {
        std::string_view line = "  one\t two  ";
        QVERIFY(takeField(line) == "one");
        QVERIFY(takeField(line) == "two");
        QVERIFY(takeField(line).empty());
    }

    void numbersAreWholeFieldsOrNothing()
    {
        QCOMPARE(toUnsigned("18446744073709551615"), std::optional<std::uint64_t>(18446744073709551615ULL));
        for (const char* bad : {"", "18446744073709551616", "12a", "-1", "+1", " 1", "0x1"})
            QVERIFY2(!toUnsigned(bad), bad);
        QCOMPARE(toSigned("-5"), std::optional<std::int64_t>(-5));
        QCOMPARE(toPid("2147483647"), std::optional<std::int64_t>(2'147'483'647));
        QVERIFY(!toPid("2147483648") && !toPid("0") && !toPid("-5") && !toPid("") && !toPid("7 "));
        QCOMPARE(fromHex("0x1003"), std::optional<std::uint64_t>(0x1003));
        QVERIFY(!fromHex("0x"));
    }

    void decimalsHaveNoSignExponentOrLocale()
    {
        QCOMPARE(toDecimal("120.99"), std::optional<double>(120.99));
        QCOMPARE(toDecimal("7"), std::optional<double>(7.0));
        for (const char* bad : {"", ".", "-1.0", "1e5", "1,5", "1.2.3", "nan", "inf", "1234567890123456"})
            QVERIFY2(!toDecimal(bad), bad);
    }

    void blanksAtBothEndsAreTrimmed()
    {
        QVERIFY(trimmed(" \t a b\r\n") == "a b");
        QVERIFY(trimmed(" \n").empty());
    }
};

QTEST_GUILESS_MAIN(FieldsTest)
#include "fields_test.moc"
