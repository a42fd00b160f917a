// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/query/json_text.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

#include <cmath>
#include <limits>

using namespace sextant::server;

/// What is written is read back by Qt's parser, which knows nothing of us.
class JsonTextTest : public QObject {
    Q_OBJECT

private slots:
    void stringsReadBack_data();
    void stringsReadBack();
    void numbersReadBack_data();
    void numbersReadBack();
    void hundredthsAreRounded();
    void membersHaveCommasBetweenThem();

private:
    /// The one value of an array that `text` is put into.
    static QJsonValue parsed(const std::string& text)
    {
        const auto document = QJsonDocument::fromJson(QByteArray::fromStdString("[" + text + "]"));
        return document.array().size() == 1 ? document.array().at(0) : QJsonValue(QJsonValue::Undefined);
    }
};

void JsonTextTest::stringsReadBack_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("empty") << QString();
    QTest::newRow("plain") << QStringLiteral("web01.example.org");
    QTest::newRow("escapes") << QStringLiteral("\"a\\b\n\tc\x01\"");
    QTest::newRow("only escapes") << QStringLiteral("\\\"\\");
    QTest::newRow("not ASCII") << QStringLiteral("Müller 🖥 server");
    QTest::newRow("just not long") << QString(128, u'x');
    QTest::newRow("long") << QString(129, u'x');
    QTest::newRow("long, not ASCII") << QString(5'000, u'é');
}

void JsonTextTest::stringsReadBack()
{
    QFETCH(QString, text);
    std::string json;
    appendJsonString(json, text);
    QCOMPARE(parsed(json).toString(QStringLiteral("no string")), text);
    std::string ofUtf8;
    appendJsonString(ofUtf8, std::string_view(text.toStdString()));
    QCOMPARE(ofUtf8, json);
}

void JsonTextTest::numbersReadBack_data()
{
    QTest::addColumn<double>("number");
    QTest::newRow("zero") << 0.0;
    QTest::newRow("whole") << 34'359'738'368.0;
    QTest::newRow("below zero") << -17.0;
    QTest::newRow("a third") << 1.0 / 3;
    QTest::newRow("last integer written as one") << 8'999'999'999'999'999.0;
    QTest::newRow("huge") << 1.7e308;
    QTest::newRow("tiny") << 5e-324;
}

void JsonTextTest::numbersReadBack()
{
    QFETCH(double, number);
    std::string json;
    appendJsonNumber(json, number);
    QVERIFY(parsed(json).isDouble());
    QCOMPARE(parsed(json).toDouble(), number);
    std::string nothing;
    appendJsonNumber(nothing, std::numeric_limits<double>::quiet_NaN());
    appendJsonNumber(nothing, -std::numeric_limits<double>::infinity());
    QCOMPARE(nothing, std::string("nullnull"));
}

void JsonTextTest::hundredthsAreRounded()
{
    const auto text = [](double number) {
        std::string json;
        appendJsonHundredths(json, number);
        return json;
    };
    QCOMPARE(text(0), std::string("0"));
    QCOMPARE(text(0.004), std::string("0"));
    QCOMPARE(text(0.05), std::string("0.05"));
    QCOMPARE(text(7.5), std::string("7.5"));
    QCOMPARE(text(12.3456), std::string("12.35"));
    QCOMPARE(text(99.994), std::string("99.99"));
    QCOMPARE(text(99.999), std::string("100"));
    QCOMPARE(text(100.126), std::string("100.13"));
    QCOMPARE(text(-1.5), std::string("-1.5"));
    QCOMPARE(text(std::numeric_limits<double>::quiet_NaN()), std::string("null"));
    for (int i = 0; i <= 10'000; ++i)
        QCOMPARE(parsed(text(i / 100.0)).toDouble(), i / 100.0);
}

void JsonTextTest::membersHaveCommasBetweenThem()
{
    std::string json("{");
    appendJsonMember(json, "a", std::int64_t{1});
    appendJsonMember(json, "left out", std::optional<double>());
    appendJsonMember(json, "b", std::optional(2.5));
    appendJsonMember(json, "c", QStringLiteral("x"));
    QCOMPARE(json, std::string("{\"a\":1,\"b\":2.5,\"c\":\"x\""));
}

QTEST_GUILESS_MAIN(JsonTextTest)
#include "json_text_test.moc"
