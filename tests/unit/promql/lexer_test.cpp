// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/lexer.h"

#include <QTest>

using namespace sextant::promql;

class LexerTest : public QObject {
    Q_OBJECT

private slots:
    void cutsWhereTheWordsAre()
    {
        const std::string_view query = "sum BY(x) (a:b{by=~'c'}[5m : 1m] offset 2h) # end\n>= 1.5e3";
        using enum TokenKind;
        const std::pair<TokenKind, std::string_view> wanted[] = {{Aggregator, "sum"}, {By, "BY"}, {LeftParen, "("},
            {Identifier, "x"}, {RightParen, ")"}, {LeftParen, "("}, {MetricIdentifier, "a:b"}, {LeftBrace, "{"},
            {Identifier, "by"}, {EqualRegex, "=~"}, {String, "'c'"}, {RightBrace, "}"}, {LeftBracket, "["},
            {Duration, "5m"}, {Colon, ":"}, {Duration, "1m"}, {RightBracket, "]"}, {Offset, "offset"}, {Duration, "2h"},
            {RightParen, ")"}, {Operator, ">="}, {Number, "1.5e3"}};
        Lexer lexer(query);
        std::size_t from = 0;
        for (const auto& [kind, text] : wanted) {
            const Token token = lexer.next();
            QCOMPARE(token.text, text);
            QVERIFY(token.kind == kind);
            from = query.find(text, from);
            QCOMPARE(token.begin, from);
            from = token.end();
        }
        for (int i = 0; i < 2; ++i) {
            const Token end = lexer.next();
            QVERIFY(end.kind == EndOfInput && end.begin == query.size() && end.text.empty());
        }
    }

    void staysAtAnError()
    {
        Lexer lexer("a $ b");
        QVERIFY(lexer.next().kind == TokenKind::Identifier);
        QVERIFY(lexer.error().empty());
        for (int i = 0; i < 2; ++i) {
            const Token token = lexer.next();
            QVERIFY(token.kind == TokenKind::Error);
            QCOMPARE(token.begin, std::size_t(2));
            QCOMPARE(lexer.error(), std::string("unexpected character: '$'"));
        }
    }

    void describesTokens()
    {
        const std::pair<std::string_view, std::string_view> rows[] = {
            {"", "end of input"},
            {"a_name_longer_than_ten", "identifier \"a_name_longer_than_ten\""},
            {"a:b", "metric identifier \"a:b\""},
            {"12345678901", "number \"1234567890\"..."},
            {"1234567890", "number \"1234567890\""},
            {"InF", "number \"InF\""},
            {"5m", "duration \"5m\""},
            {"'it'", "string \"'it'\""},
            {"\"a long string\"", "string \"\\\"a long st\"..."},
            {"+", "<op:+>"},
            {"AND", "<op:AND>"},
            {"atan2", "<op:atan2>"},
            {"count_values", "<aggr:count_values>"},
            {"Group_Left", "<Group_Left>"},
            {"bool", "<bool>"},
            {"start", "\"start\""},
            {"(", "\"(\""},
            {"=", "\"=\""},
            {",", "\",\""},
            {"@", "<op:@>"},
        };
        for (const auto& [text, wanted] : rows)
            QCOMPARE(describe(Lexer(text).next()), std::string(wanted));
    }
};

QTEST_APPLESS_MAIN(LexerTest)
#include "lexer_test.moc"
