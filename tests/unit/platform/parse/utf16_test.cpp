// SPDX-License-Identifier: GPL-3.0-or-later
#include "parse/raw_structure.h"
#include "platform/parse/utf16.h"

#include <QTest>

using namespace sextant::platform;

class Utf16Test : public QObject {
    Q_OBJECT

private slots:
    void everyLengthOfUtf8()
    {
        QCOMPARE(parse::toUtf8(u"a\u00e4\u20ac\U0001f642"), std::string("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x99\x82"));
        QCOMPARE(parse::toUtf8(u""), std::string());
    }

    void halfAPairIsReplaced()
    {
        const std::string replacement = "\xef\xbf\xbd";
        const char16_t high[] = {0xd83d, u'x', 0};
        const char16_t low[] = {u'x', 0xde42, 0};
        const char16_t turned[] = {0xde42, 0xd83d, 0};
        QCOMPARE(parse::toUtf8(high), replacement + 'x');
        QCOMPARE(parse::toUtf8(low), 'x' + replacement);
        QCOMPARE(parse::toUtf8(turned), replacement + replacement);
    }

    void aFieldEndsAtItsNulOrItsEnd()
    {
        RawStructure field(8);
        field.put(0, u'C').put(2, u':');
        QCOMPARE(parse::utf16At(field.bytes(), 0, 8), std::string("C:"));
        QCOMPARE(parse::utf16At(field.bytes(), 0, 2), std::string("C"));
        QCOMPARE(parse::utf16At(field.bytes(), 2, 100), std::string(":"));
        QCOMPARE(parse::utf16At(field.bytes(), 9, 2), std::string());
    }

    void aUnicodeStringPointsIntoItsBytes()
    {
        constexpr std::uint64_t kBase = 0x7ff0'0000'1000;
        RawStructure bytes(24);
        bytes.put<std::uint16_t>(0, 4).put<std::uint64_t>(8, kBase + 16).put(16, u'm').put(18, u'e').put(20, u'x');
        QCOMPARE(parse::unicodeStringAt(bytes.bytes(), 0, kBase), std::string("me"));
        QCOMPARE(parse::unicodeStringAt(bytes.bytes(), 0, kBase + 17), std::string()); // before them
        QCOMPARE(parse::unicodeStringAt(bytes.bytes(), 0, 0), std::string());          // behind them
        bytes.put<std::uint16_t>(0, 10);
        QCOMPARE(parse::unicodeStringAt(bytes.bytes(), 0, kBase), std::string()); // longer than they
        bytes.put<std::uint16_t>(0, 4).put<std::uint64_t>(8, 0);
        QCOMPARE(parse::unicodeStringAt(bytes.bytes(), 0, kBase), std::string());
    }

    void aListEndsInAnEmptyText()
    {
        using Texts = std::vector<std::string>;
        QVERIFY(
            parse::splitTexts(std::u16string_view(u"C:\\\0D:\\data\\\0\0rest", 17)) == (Texts{"C:\\", "D:\\data\\"}));
        QVERIFY(parse::splitTexts(u"cut") == Texts{"cut"});
        QVERIFY(parse::splitTexts(u"").empty());
    }
};

QTEST_APPLESS_MAIN(Utf16Test)
#include "utf16_test.moc"
