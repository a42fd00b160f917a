// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/tags.h"

#include <QTest>

using namespace sextant;
using namespace sextant::metrics;

namespace {

std::string numbered(std::size_t count)
{
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += (i == 0 ? "t" : ",t") + std::to_string(i) + "=v";
    return text;
}

constexpr const char* kName = "expected a name of at most 64 letters, digits and _, not beginning with a digit or __";
constexpr const char* kValue = "expected a value of 1 to 128 bytes of UTF-8 without control characters";

} // namespace

class TagsTest : public QObject {
    Q_OBJECT

private slots:
    void readsWhatAnAdminWrites()
    {
        const auto tags = parseTags(" site = hel ,role=web,\tquery=a=b c, _x9=\"ä\"");
        QVERIFY2(tags.has_value(), tags ? "" : tags.error().message.c_str());
        QVERIFY((*tags == Labels{{"_x9", "\"ä\""}, {"query", "a=b c"}, {"role", "web"}, {"site", "hel"}}));
        QCOMPARE(tagText(*tags), std::string("_x9=\"ä\",query=a=b c,role=web,site=hel"));
        QVERIFY(*parseTags(tagText(*tags)) == *tags);
        QVERIFY(parseTags("")->empty());
        QVERIFY(parseTags(" \t")->empty());
    }

    void takesWhatIsAtTheLimits()
    {
        QCOMPARE(parseTags(numbered(kMaxTags))->size(), kMaxTags);
        const auto tags = parseTags(std::string(kMaxTagName, 'n') + '=' + std::string(kMaxTagValue, 'v'));
        QVERIFY(tags.has_value());
        QCOMPARE(tags->front().name.size(), std::size_t{64});
        QCOMPARE(tags->front().value.size(), std::size_t{128});
        QVERIFY(checkTag({"_", "\xc2\xa0"})); // the first that is no control character again
    }

    void saysWhichTagIsWrong_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("message");
        const auto row = [](const std::string& text, int number, const std::string& tag, const char* expected) {
            QTest::addRow("%d %s", number, tag.substr(0, 20).c_str())
                << QByteArray::fromStdString(text)
                << "tag " + QByteArray::number(number) + ", \"" + QByteArray::fromStdString(tag) + "\": " + expected;
        };
        row("web", 1, "web", "expected name=value");
        row("role=web,", 2, "", "expected name=value");
        row("=web", 1, "=web", kName);
        row("a=1, 9x=2", 2, "9x=2", kName);
        row("a-b=1", 1, "a-b=1", kName);
        row("ä=1", 1, "ä=1", kName);
        row("__name__=1", 1, "__name__=1", kName);
        row(std::string(65, 'n') + "=1", 1, std::string(65, 'n') + "=1", kName);
        row("a=", 1, "a=", kValue);
        row("a=" + std::string(129, 'v'), 1, "a=" + std::string(129, 'v'), kValue);
        for (const char* value : {"\n", "x\x01y", "\x7f", "\xc2\x80", "\xc2\x9f", "\xff", "\xc3"})
            row("a=" + std::string(value) + "z", 1, "a=" + std::string(value) + "z", kValue);
        row("a=" + std::string(1, '\0') + "z", 1, "a=" + std::string(1, '\0') + "z", kValue);
        row("a=1,b=2,a=3", 3, "a=3", "expected a name that no other tag has");
        row(numbered(33), 33, "t32=v", "expected at most 32 tags");
    }
    void saysWhichTagIsWrong()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, message);
        const auto tags = parseTags(text.toStdString());
        QVERIFY(!tags);
        QCOMPARE(tags.error().code, ErrorCode::Invalid);
        QCOMPARE(QByteArray::fromStdString(tags.error().message), message);
    }
};

QTEST_APPLESS_MAIN(TagsTest)
#include "tags_test.moc"
