// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/quote.h"

#include <QTest>

using namespace sextant;
using namespace sextant::promql;

class QuoteTest : public QObject {
    Q_OBJECT

private slots:
    void readsUtf8()
    {
        const auto rune = [](std::string_view text) { return firstRune(text); };
        QVERIFY(rune("a").value == U'a' && rune("a").width == 1);
        QVERIFY(rune("\xC3\xA9").value == U'\u00E9' && rune("\xC3\xA9").width == 2);
        QVERIFY(rune("\xE4\xB8\xAD!").value == U'\u4E2D' && rune("\xE4\xB8\xAD!").width == 3);
        QVERIFY(rune("\xF0\x9F\x98\x80").value == U'\U0001F600' && rune("\xF0\x9F\x98\x80").width == 4);
        QVERIFY(!rune("\xEF\xBF\xBD").broken());
        // Cut off, out of place, too long, surrogates, beyond U+10FFFF.
        for (const std::string_view text : {"\xC3", "\xC3(", "\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE4\xB8",
                 "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF0\x9F\x98", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"})
            QVERIFY(rune(text).broken());
    }

    void quotesAndUnquotes()
    {
        struct Row {
            std::string_view text;
            std::string_view literal;
        };
        const Row rows[] = {
            {"", "\"\""},
            {"a'b`c", "\"a'b`c\""},
            {"a\"b\\c", "\"a\\\"b\\\\c\""},
            {"\a\b\f\n\r\t\v", "\"\\a\\b\\f\\n\\r\\t\\v\""},
            {std::string_view("\0\x01\x1F\x7F", 4), "\"\\x00\\x01\\x1f\\x7f\""},
            {"\xC2\x80\xC2\xA0\xC2\xAD\xE2\x80\x8B", "\"\\u0080\\u00a0\\u00ad\\u200b\""},
            {"\xEE\x80\x80\xEF\xBB\xBF\xEF\xBF\xBF", "\"\\ue000\\ufeff\\uffff\""},
            {"\xF3\xA0\x81\x81\xF4\x8F\xBF\xBF", "\"\\U000e0041\\U0010ffff\""},
            {"\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80\xEF\xBF\xBD",
                "\"\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80\xEF\xBF\xBD\""},
            {"\xFF\xC3", "\"\\xff\\xc3\""},
        };
        for (const Row& row : rows) {
            QCOMPARE(promql::quoted(row.text), std::string(row.literal));
            QCOMPARE(unquoted(row.literal), std::optional(std::string(row.text)));
        }
    }

    void everyByteAndCharacterComesBack()
    {
        std::string bytes;
        for (int byte = 0; byte < 256; ++byte)
            bytes += static_cast<char>(byte);
        QCOMPARE(unquoted(promql::quoted(bytes)), std::optional(bytes));
        std::string runes;
        for (char32_t rune = 0; rune <= 0x10FFFF; rune += 61) {
            if (rune < 0xD800 || rune > 0xDFFF)
                appendUtf8(runes, rune);
        }
        QCOMPARE(unquoted(promql::quoted(runes)), std::optional(runes));
    }

    void unquotes()
    {
        QCOMPARE(unquoted("'it\\'s \"x\"'"), std::optional<std::string>("it's \"x\""));
        QCOMPARE(unquoted("`a\\n\"'`"), std::optional<std::string>("a\\n\"'"));
        QCOMPARE(unquoted("\"\\101\\x41\\u0041\\U00000041\\377\""), std::optional<std::string>("AAAA\xFF"));
        for (const std::string_view literal : {"\"\\'\"", "'\\\"'", "\"\\q\"", "\"\\8\"", "\"\\01\"", "\"\\400\"",
                 "\"\\x1\"", "\"\\x+1\"", "\"\\u123\"", "\"\\U00110000\""})
            QVERIFY2(!unquoted(literal), literal.data());
    }

    void namesCharacters()
    {
        QCOMPARE(codePoint(U'c'), std::string("U+0063 'c'"));
        QCOMPARE(codePoint(U'\n'), std::string("U+000A"));
        QCOMPARE(codePoint(U'\U0001F600'), std::string("U+1F600 '\xF0\x9F\x98\x80'"));
        QCOMPARE(codePoint(0x10FFFF), std::string("U+10FFFF"));
        QCOMPARE(quotedRune(U'\''), std::string("'\\''"));
        QCOMPARE(quotedRune(U'"'), std::string("'\"'"));
    }
};

QTEST_APPLESS_MAIN(QuoteTest)
#include "quote_test.moc"
