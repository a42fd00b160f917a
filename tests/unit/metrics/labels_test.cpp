// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/labels.h"
#include "metrics/utf8.h"

#include <QTest>

using namespace sextant;
using namespace sextant::metrics;

class LabelsTest : public QObject {
    Q_OBJECT

private slots:
    void names()
    {
        for (const char* name : {"a", "_", "Z9", "http_requests_total"}) {
            QVERIFY(isLabelName(name));
            QVERIFY(isMetricName(name));
        }
        QVERIFY(isMetricName("job:rate:5m") && !isLabelName("job:rate:5m"));
        for (const char* name : {"", "9a", "a-b", "a b", "ä", "a\n"}) {
            QVERIFY2(!isLabelName(name), name);
            QVERIFY2(!isMetricName(name), name);
        }
    }

    void textIsUtf8WithoutNul()
    {
        for (const std::string_view good : {"", "plain", "ü", "€", "\xf0\x9f\x98\x80", "\n\x01"})
            QVERIFY(isText(good));
        for (const std::string_view bad : {std::string_view("a\0b", 3), std::string_view("\xff"),
                 std::string_view("\xc3"), std::string_view("\xc0\x80"), std::string_view("\xe0\x80\x80"),
                 std::string_view("\xed\xa0\x80"), std::string_view("\xf4\x90\x80\x80"), std::string_view("\x80")})
            QVERIFY(!isText(bad));
    }

    void textComesBackAsItWas()
    {
        const Labels labels{{"a", "1"}, {"path", "C:\\x \"y\",\nz"}, {"z", "ü={}"}};
        QCOMPARE(labelText(labels), std::string("a=\"1\",path=\"C:\\\\x \\\"y\\\",\\nz\",z=\"ü={}\""));
        const auto back = parseLabelText(labelText(labels));
        QVERIFY(back.has_value());
        QVERIFY(*back == labels);
        QCOMPARE(labelText({}), std::string());
        QVERIFY(parseLabelText("")->empty());
    }

    void otherShapesAreArranged()
    {
        const auto labels = parseLabelText(" b = \"2\" , a=\"1\", none=\"\", ");
        QVERIFY(labels.has_value());
        QVERIFY((*labels == Labels{{"a", "1"}, {"b", "2"}}));
        QCOMPARE(parseLabelText("a=\"\\t\\\\n\"")->front().value, std::string("\\t\\n"));
    }

    void whatIsNoLabelsIsMalformed_data()
    {
        QTest::addColumn<QByteArray>("text");
        for (const char* text : {"a", "a=", "a=1", "a=\"1", "a=\"1\\\"", "a=\"1\"b=\"2\"", "a=\"1\",,", "=\"1\"",
                 "1=\"1\"", "a=\"1\",a=\"2\"", "a-b=\"1\"", "{a=\"1\"}", "a=\"\n\"", ","})
            QTest::newRow(text) << QByteArray(text);
    }
    void whatIsNoLabelsIsMalformed()
    {
        QFETCH(QByteArray, text);
        const auto labels = parseLabelText(text.toStdString());
        QVERIFY(!labels.has_value());
        QCOMPARE(labels.error().code, ErrorCode::Malformed);
    }

    void takingStopsAtTheEndOfTheList()
    {
        std::string_view text = "b=\"2\",a=\"1\",} 5";
        const auto labels = takeLabels(text);
        QVERIFY(labels.has_value());
        QCOMPARE(labels->size(), std::size_t{2});
        QCOMPARE(labels->front().name, std::string("b"));
        QCOMPARE(text, std::string_view("} 5"));
    }
};

QTEST_APPLESS_MAIN(LabelsTest)
#include "labels_test.moc"
