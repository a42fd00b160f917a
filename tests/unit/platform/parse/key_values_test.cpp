// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/key_values.h"

#include <QTest>

using namespace sextant::platform::parse;

class KeyValuesTest : public QObject {
    Q_OBJECT
private slots:
    void quotesAndEscapesAreUndone()
    {
        const char* text = "# comment\nID=debian\nNAME=\"A \\\"B\\\" \\$5\"\nSINGLE='x \\y'\nODD=\"open\n";
        QCOMPARE(keyValue(text, "ID"), std::string("debian"));
        QCOMPARE(keyValue(text, "NAME"), std::string("A \"B\" $5"));
        QCOMPARE(keyValue(text, "SINGLE"), std::string("x \\y"));
        QCOMPARE(keyValue(text, "ODD"), std::string("\"open"));
    }

    void aKeyIsAWholeWordAndTheLastCounts()
    {
        QCOMPARE(keyValue("VERSION_ID=1\nID=2\nID=3\n", "ID"), std::string("3"));
        QCOMPARE(keyValue("IDX=1\nID\n", "ID"), std::string());
        QCOMPARE(keyValue("", "ID"), std::string());
    }
};

QTEST_GUILESS_MAIN(KeyValuesTest)
#include "key_values_test.moc"
