// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/json.h"

#include <QTest>

#include <vector>

using namespace sextant::platform::parse;

namespace {

/// What the reader makes of a text: whether it is JSON at all.
bool isWhole(std::string_view text)
{
    JsonReader json(text);
    json.skip();
    return json.whole();
}

std::optional<std::string> textOf(std::string_view json)
{
    return JsonReader(json).text();
}

} // namespace

class JsonReaderTest : public QObject {
    Q_OBJECT
private slots:
    void walksObjectsAndArrays()
    {
        JsonReader json(" { \"a\" : [ 1 , 22,\"x\" ] ,\n\"b\":{\"c\":true,\"d\":null}, \"e\":-1.5e3 } ");
        std::vector<std::uint64_t> numbers;
        std::vector<std::string> names;
        QVERIFY(json.object([&](std::string_view name) {
            names.emplace_back(name);
            if (name == "a")
                QVERIFY(json.array([&] {
                    if (const auto number = json.number())
                        numbers.push_back(*number);
                }));
            else
                json.skip();
        }));
        QVERIFY(json.whole());
        QCOMPARE(numbers, (std::vector<std::uint64_t>{1, 22}));
        QCOMPARE(names, (std::vector<std::string>{"a", "b", "e"}));
    }

    void anotherTypeIsReadOver()
    {
        JsonReader json("[{\"a\":1},\"text\",7,[],{}]");
        std::vector<std::uint64_t> numbers;
        QVERIFY(json.array([&] {
            if (const auto number = json.number())
                numbers.push_back(*number);
        }));
        QVERIFY(json.whole());
        QCOMPARE(numbers, std::vector<std::uint64_t>{7});
        JsonReader text("12");
        QVERIFY(!text.text());
        QVERIFY(text.whole());
        JsonReader object("[1,2]");
        QVERIFY(!object.object([](std::string_view) { QFAIL("it has no members"); }));
        QVERIFY(object.whole());
        JsonReader null("null");
        QVERIFY(!null.array([] { QFAIL("it has no items"); }));
        QVERIFY(null.whole());
    }

    void texts()
    {
        const std::string escapes = "\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"";
        QCOMPARE(textOf(escapes), std::optional<std::string>("a\"\\/\b\f\n\r\tz"));
        const std::string runes = "\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"";
        QCOMPARE(textOf(runes), std::optional<std::string>("Aé€😀"));
        const std::string halves = "\"\\ud83dx\\ude00\\ud83d\\u0041\"";
        const std::string replaced = "\xEF\xBF\xBDx\xEF\xBF\xBD\xEF\xBF\xBD";
        QCOMPARE(textOf(halves), std::optional<std::string>(replaced + 'A'));
        QCOMPARE(textOf("\"\""), std::optional<std::string>(""));
        for (const char* broken : {"\"", "\"a", "\"\\\"", "\"\\u12g4\"", "\"\\u12\"", "\"\\x\"", "\"a\nb\""})
            QVERIFY2(!textOf(broken), broken);
    }

    void numbers()
    {
        QCOMPARE(
            JsonReader("18446744073709551615").number(), std::optional<std::uint64_t>(18'446'744'073'709'551'615U));
        for (const char* none : {"18446744073709551616", "-1", "1.5", "1e3"}) {
            JsonReader json(none);
            QVERIFY2(!json.number(), none);
            QVERIFY2(json.whole(), none);
        }
        for (const char* broken : {"01", "-", "1.", ".5", "1e", "+1", "0x1"})
            QVERIFY2(!isWhole(broken), broken);
    }

    void whatIsNoJson()
    {
        for (const char* good : {"{}", "[]", "[[],{}]", "true", " null ", "{\"a\":{\"a\":[false]}}", "0"})
            QVERIFY2(isWhole(good), good);
        for (const char* broken : {"", " ", "{", "[", "[1", "[1,", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
                 "{a:1}", "{1:1}", "[1 2]", "[1]]", "{}{}", "truex", "tru", "]", "{\"a\":1]", "[1}"})
            QVERIFY2(!isWhole(broken), broken);
        QVERIFY(!isWhole(std::string_view("[1]\0", 4)));
    }

    void depthIsBounded()
    {
        const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
        QVERIFY(isWhole(nested(JsonReader::kMaxDepth)));
        QVERIFY(!isWhole(nested(JsonReader::kMaxDepth + 1)));
        QVERIFY(!isWhole(std::string(1'000'000, '[')));
    }

    void nothingComesAfterABreak()
    {
        JsonReader json("[1,,\"x\"]");
        int items = 0;
        QVERIFY(json.array([&] {
            ++items;
            json.skip();
        }));
        QCOMPARE(items, 2); // the second is what breaks it
        QVERIFY(!json.text() && !json.number() && !json.whole());
    }
};

QTEST_GUILESS_MAIN(JsonReaderTest)
#include "json_test.moc"
