// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/labels.h"
#include "promql/parser.h"
#include "unit/promql/tree_text.h"

#include <QFile>
#include <QTest>

using namespace sextant;
using namespace sextant::promql;

namespace {

/// The query as it is printed, or its error.
std::string answer(std::string_view query)
{
    const auto expr = parse(query);
    return expr ? "= " + print(**expr) : "! " + expr.error().message;
}

std::string repeated(std::string_view text, std::size_t count)
{
    std::string result;
    for (std::size_t i = 0; i < count; ++i)
        result += text;
    return result;
}

ErrorCode codeOf(std::string_view query)
{
    const auto expr = parse(query);
    return expr ? ErrorCode::Internal : expr.error().code;
}

template <typename Node>
const Node& nodeOf(const ExprPtr& expr)
{
    return std::get<Node>(expr->node);
}

struct Row {
    std::string_view query;
    std::string_view wanted;
};

} // namespace

class ParserTest : public QObject {
    Q_OBJECT

private slots:
    /// Files of queries and what Prometheus 2.42 says of them. Behind a query: `= ` and how it is printed where that
    /// differs, or `! ` and the error.
    void answersAsPrometheusDoes_data()
    {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<QByteArray>("wanted");
        for (const char* subject : {"aggregations", "binary", "calls", "numbers", "ranges", "selectors", "strings"}) {
            QFile file(QString::fromUtf8(SEXTANT_SOURCE_DIR "/tests/unit/promql/queries/%1.txt")
                           .arg(QString::fromLatin1(subject)));
            QVERIFY2(file.open(QIODevice::ReadOnly), subject);
            QByteArrayList lines = file.readAll().split('\n');
            lines.removeLast();
            for (qsizetype i = 1; i < lines.size(); ++i) { // behind the licence
                const QByteArray& query = lines[i];
                const bool told = i + 1 < lines.size() && lines[i + 1].startsWith("    ");
                QTest::addRow("%s.txt:%d", subject, int(i + 1)) << query << (told ? lines[i + 1].mid(4) : "= " + query);
                i += told ? 1 : 0;
            }
        }
    }
    void answersAsPrometheusDoes()
    {
        QFETCH(QByteArray, query);
        QFETCH(QByteArray, wanted);
        const std::string given = answer(query.toStdString());
        QCOMPARE(given.c_str(), wanted.constData());
        if (given.starts_with("= "))
            QCOMPARE(answer(given.substr(2)), given);
    }

    void tellsPlaces()
    {
        const Row rows[] = {
            {"", "! 1:1: parse error: no expression found in input"},
            {" \t\r\n", "! 1:1: parse error: no expression found in input"},
            {"# a comment\n", "! 1:1: parse error: no expression found in input"},
            {"a # c\n+ b # d", "= a + b"},
            {"a{# c\nb=\"c\" # }\n}", "= a{b=\"c\"}"},
            {"a[5m # c\n]", "= a[5m]"},
            {"a[# c\n5m]", "! 1:3: parse error: missing unit character in duration"},
            {"`a\nb`", "= \"a\\nb\""},
            {"\"a\nb\"", "! 1:1: parse error: unterminated quoted string"},
            {"\"a\\\nb\"", "! 1:1: parse error: unknown escape sequence U+000A"},
            {"a +\n  *", "! 2:3: parse error: unexpected <op:*>"},
            {"a\r\n\nb", "! 3:1: parse error: unexpected identifier \"b\""},
            {"a{\n  b=1}", "! 2:5: parse error: unexpected character inside braces: '1'"},
            {"foo\n  == bar\n+ on(a b) c",
                "! 3:8: parse error: unexpected identifier \"b\" in grouping opts, expected \",\" or \")\""},
            {"\n1 == 1", "! 2:3: parse error: comparisons between scalars must use BOOL modifier"},
            {"\"\xC3\xA9\" \xC3\xA9", "! 1:6: parse error: unexpected character: '\xC3\xA9'"}, // a column is a byte
            {"a \x0B", "! 1:3: parse error: unexpected character: '\\v'"},
            {"a\xFF", "! 1:2: parse error: unexpected character: '\xEF\xBF\xBD'"},
            {"a{b=\"\xFF\"}", "! 1:5: parse error: invalid UTF-8 rune"},
            {"`\xC3`", "! 1:1: parse error: invalid UTF-8 rune"},
            {std::string_view("a\0", 2), "! 1:2: parse error: unexpected character: '\\x00'"},
            {"a !\xFF", "! 1:3: parse error: unexpected character after '!': '\xEF\xBF\xBD'"},
        };
        for (const Row& row : rows)
            QCOMPARE(answer(row.query), std::string(row.wanted));
    }

    /// Where Prometheus' own answer is a slip; docs/promql.md lists these.
    void differsFromPrometheus()
    {
        const Row rows[] = {
            {"@ 5", "! 1:1: parse error: unexpected <op:@>"},
            {"a[5m:x]", "! 1:6: parse error: unexpected character: 'x'"},
            {"a[5m x]", "! 1:6: parse error: unexpected character: 'x'"},
            {"\"\xEF\xBF\xBD\"", "= \"\xEF\xBF\xBD\""},
            {"a{b=~\"\\\\C\"}", "= a{b=~\"\\\\C\"}"},
            {"Inf ^ 2", "= Inf ^ 2"},
            {"-Inf ^ 2", "= -Inf ^ 2"},
            {"a + ignoring() group_left() b", "= a + ignoring () group_left () b"},
            {"{__name__=\"\",a=\"b\"}", "= {__name__=\"\",a=\"b\"}"},
            {"a @ 9007199254740.992", "= a @ 9007199254740.992"},
            {"a @ 9007199254741", "! 1:1: parse error: timestamp out of bounds for @ modifier: 9007199254741.000000"},
        };
        for (const Row& row : rows)
            QCOMPARE(answer(row.query), std::string(row.wanted));
    }

    void precedence()
    {
        const Row rows[] = {
            {"a + b * c", "(+ a (* b c))"},
            {"a * b + c", "(+ (* a b) c)"},
            {"a - b - c", "(- (- a b) c)"},
            {"a / b % c * d atan2 e", "(atan2 (* (% (/ a b) c) d) e)"},
            {"a ^ b ^ c", "(^ a (^ b c))"},
            {"a * b ^ c * d", "(* (* a (^ b c)) d)"},
            {"a + b == c - d", "(== (+ a b) (- c d))"},
            {"a < b < c", "(< (< a b) c)"},
            {"a or b and c or d", "(or (or a (and b c)) d)"},
            {"a and b unless c and d", "(and (unless (and a b) c) d)"},
            {"a == b or c != d and e", "(or (== a b) (and (!= c d) e))"},
            {"-a ^ b", "(neg (^ a b))"},
            {"-a * b", "(* (neg a) b)"},
            {"a ^ -b ^ c", "(^ a (neg (^ b c)))"},
            {"a ^ -b * c", "(* (^ a (neg b)) c)"},
            {"a * -b ^ c", "(* a (neg (^ b c)))"},
            {"--a", "(neg (neg a))"},
            {"-1", "-1"},
            {"-1 ^ 2", "(neg (^ 1 2))"},
            {"2 ^ -1", "(^ 2 -1)"},
            {"-a offset 5m + b", "(+ (neg a offset 5m) b)"},
            {"(a + b) * c", "(* (paren (+ a b)) c)"},
            {"-a[1h:] * b", "! 1:1: parse error: unary expression only allowed on expressions of type scalar or "
                            "instant vector, got \"range vector\""},
        };
        for (const Row& row : rows) {
            const auto expr = parse(row.query);
            QCOMPARE(expr ? treeText(**expr) : "! " + expr.error().message, std::string(row.wanted));
        }
    }

    void readsSelectors()
    {
        const auto expr = parse(R"( up{job="a", x=~"b|c"}[5m] @ 1.5 offset -1h )");
        QVERIFY(expr);
        const auto& selector = nodeOf<Selector>(*expr);
        QCOMPARE(selector.name, std::string("up"));
        QCOMPARE(selector.matchers.size(), std::size_t(3));
        QCOMPARE(selector.matchers[0].label(), std::string("job"));
        QVERIFY(selector.matchers[0].op() == MatchOp::Equal);
        QCOMPARE(selector.matchers[1].value(), std::string("b|c"));
        QVERIFY(selector.matchers[1].matches("c") && !selector.matchers[1].matches("bc"));
        QCOMPARE(selector.matchers[2].label(), std::string(kMetricName));
        QCOMPARE(selector.matchers[2].value(), std::string("up"));
        QCOMPARE(selector.rangeMs, std::int64_t(300'000));
        QCOMPARE(selector.offsetMs, std::int64_t(-3'600'000));
        QVERIFY(selector.at && selector.at->kind == AtModifier::Kind::Time);
        QCOMPARE(selector.at->timeMs, std::int64_t(1500));
        QCOMPARE((*expr)->span.begin, std::size_t(1));
        QCOMPARE((*expr)->span.end, std::size_t(43));
        QVERIFY(typeOf(**expr) == ValueType::RangeVector);
    }

    void readsSubqueries()
    {
        const auto expr = parse("max_over_time(rate(a[1m])[1h:5m] @ end() offset 2h)");
        QVERIFY(expr);
        const auto& call = nodeOf<Call>(*expr);
        QCOMPARE(call.function, findFunction("max_over_time"));
        const auto& subquery = nodeOf<Subquery>(call.arguments.front());
        QCOMPARE(subquery.rangeMs, std::int64_t(3'600'000));
        QCOMPARE(subquery.stepMs, std::int64_t(300'000));
        QCOMPARE(subquery.offsetMs, std::int64_t(7'200'000));
        QVERIFY(subquery.at && subquery.at->kind == AtModifier::Kind::End);
        QVERIFY(typeOf(*call.arguments.front()) == ValueType::RangeVector);
        QCOMPARE(nodeOf<Subquery>(*parse("a[1h:]")).stepMs, std::int64_t(0));
    }

    void settlesMatching()
    {
        using Card = VectorMatching::Card;
        const auto grouped = parse("a * on(x, y) group_right(z) b");
        const auto& binary = nodeOf<Binary>(*grouped);
        QVERIFY(binary.matching && binary.matching->on && binary.matching->card == Card::OneToMany);
        QCOMPARE(binary.matching->labels, (std::vector<std::string>{"x", "y"}));
        QCOMPARE(binary.matching->include, std::vector<std::string>{"z"});
        QVERIFY(nodeOf<Binary>(*parse("a - b")).matching->card == Card::OneToOne);
        QVERIFY(nodeOf<Binary>(*parse("a / ignoring(x) group_left b")).matching->card == Card::ManyToOne);
        QVERIFY(nodeOf<Binary>(*parse("a and on(x) b")).matching->card == Card::ManyToMany);
        QVERIFY(!nodeOf<Binary>(*parse("a + on() 1")).matching);
        QVERIFY(!nodeOf<Binary>(*parse("1 + a")).matching);
        QVERIFY(nodeOf<Binary>(*parse("a > bool 1")).returnBool);
    }

    void knowsTypes()
    {
        QVERIFY(typeOf(**parse("1 + (2)")) == ValueType::Scalar);
        QVERIFY(typeOf(**parse("-time()")) == ValueType::Scalar);
        QVERIFY(typeOf(**parse("1 + vector(1)")) == ValueType::InstantVector);
        QVERIFY(typeOf(**parse("(a[5m])")) == ValueType::RangeVector);
        QVERIFY(typeOf(**parse("(\"x\")")) == ValueType::String);
        QVERIFY(typeOf(**parse("topk(1, a)")) == ValueType::InstantVector);
    }

    void limitsDepth()
    {
        const std::size_t most = kNestingDepth;
        const auto parens = [](std::size_t count) { return repeated("(", count) + "a" + repeated(")", count); };
        const auto calls = [](std::size_t count) { return repeated("abs(", count) + "a" + repeated(")", count); };
        QVERIFY(parse(parens(most - 1)));
        QVERIFY(codeOf(parens(most)) == ErrorCode::TooLarge);
        QVERIFY(parse(calls(most - 1)));
        QVERIFY(codeOf(calls(most)) == ErrorCode::TooLarge);
        QVERIFY(parse(repeated("-", most - 1) + "a"));
        QVERIFY(codeOf(repeated("-", most) + "a") == ErrorCode::TooLarge);
        // Chains are as deep as they are long.
        for (const std::string op : {"+a", "^a", "or a "}) {
            QVERIFY(parse("a " + repeated(op, most - 1)));
            QVERIFY(codeOf("a " + repeated(op, most)) == ErrorCode::TooLarge);
        }
        QCOMPARE(answer("a" + repeated(" + a", most)),
            std::string("! 1:1: parse error: the query is nested more than 200 levels deep"));
        // All that the size lets in.
        for (const std::string piece : {"(", "-", "a+", "a^", "abs(", "sum(", "sum by(a)(", "a[1m:]", "{"})
            QVERIFY(codeOf(repeated(piece, kQueryBytes / piece.size())) != ErrorCode::Internal);
        QVERIFY(codeOf("a" + repeated("[1m:]", 10'000)) == ErrorCode::TooLarge);
    }

    void limitsSize()
    {
        const std::string wide = "a" + std::string(kQueryBytes - 1, ' ');
        QVERIFY(parse(wide));
        QVERIFY(codeOf(wide + " ") == ErrorCode::TooLarge);
        QVERIFY(parseSeriesSelector(wide));
        QVERIFY(parseSeriesSelector(wide + " ").error().code == ErrorCode::TooLarge);
        const std::string longName(kQueryBytes, 'a');
        QCOMPARE(print(**parse(longName)), longName);
    }

    void limitsRegularExpressions()
    {
        const std::string query = "{" + repeated(R"(a=~"(a|b){1000}",)", 500) + "}";
        QVERIFY(codeOf(query) == ErrorCode::TooLarge);
        QVERIFY(parseSeriesSelector(query).error().code == ErrorCode::TooLarge);
        QVERIFY(parse("{" + repeated(R"(a=~"(a|b){1000}",)", 50) + "}"));
        QVERIFY(parse("{" + repeated(R"(a=~"b+",)", 5000) + "}")); // many small ones
    }

    void readsSeriesSelectors()
    {
        const auto matchers = parseSeriesSelector(R"(up{job!="a"})");
        QVERIFY(matchers);
        QCOMPARE(matchers->size(), std::size_t(2));
        QCOMPARE(matchers->back().value(), std::string("up"));
        QVERIFY(parseSeriesSelector("{__name__=~\"node_.+\"}"));
        QVERIFY(parseSeriesSelector("sum"));
        const Row refused[] = {
            {"", "1:1: parse error: unexpected end of input"},
            {"1", "1:1: parse error: unexpected number \"1\""},
            {"up[5m]", "1:3: parse error: unexpected \"[\""},
            {"up offset 5m", "1:4: parse error: unexpected <offset>"},
            {"up @ 5", "1:4: parse error: unexpected <op:@>"},
            {"up + up", "1:4: parse error: unexpected <op:+>"},
            {"{a=}", "1:4: parse error: unexpected \"}\" in label matching, expected string"},
            {"{}", "match[] must contain at least one non-empty matcher"},
            {"{a=~\".*\"}", "match[] must contain at least one non-empty matcher"},
        };
        for (const Row& row : refused)
            QCOMPARE(parseSeriesSelector(row.query).error().message, std::string(row.wanted));
    }

    void refusesRegularExpressionsAsGoDoes()
    {
        const Row rows[] = {
            {"(", "missing closing ): `^(?:()$`"},
            {")", "unexpected ): `^(?:))$`"},
            {"a)(b", "unexpected ): `a)(b`"},
            {"[a", "missing closing ]: `[a)$`"},
            {"[z-a]", "invalid character class range: `z-a`"},
            {"*", "missing argument to repetition operator: `*`"},
            {"a**", "invalid nested repetition operator: `**`"},
            {"a{1001}", "invalid repeat count: `{1001}`"},
            {"(?=a)", "invalid or unsupported Perl syntax: `(?=`"},
            {"(?P<n", "invalid named capture: `(?P<n)$`"},
            {"\\\\q", "invalid escape sequence: `\\q`"},
            {"((a{100}){100}){100}", "invalid repeat count: `{100}`"},
        };
        for (const Row& row : rows) {
            const std::string query = "a + b{c=~\"" + std::string(row.query) + "\"}";
            QCOMPARE(answer(query), "! 1:7: parse error: error parsing regexp: " + std::string(row.wanted));
        }
    }
};

QTEST_APPLESS_MAIN(ParserTest)
#include "parser_test.moc"
