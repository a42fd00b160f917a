// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/session/sse_parser.h"

#include <QRandomGenerator>
#include <QTest>

using namespace sextant;
using namespace sextant::console;

class SseParserTest : public QObject {
    Q_OBJECT

private slots:
    void cutsEvents()
    {
        SseParser parser;
        const auto events = parser.push(": hello\n\nid: 7\nevent: overview\ndata: {\"a\":1}\n\ndata: x\ndata:y\n\n");
        QVERIFY(events);
        QCOMPARE(events->size(), std::size_t(2));
        QCOMPARE((*events)[0].name, QByteArray("overview"));
        QCOMPARE((*events)[0].data, QByteArray("{\"a\":1}"));
        QCOMPARE((*events)[0].id, QByteArray("7"));
        QCOMPARE((*events)[1].name, QByteArray("message"));
        QCOMPARE((*events)[1].data, QByteArray("x\ny"));
    }

    void anySplitGivesTheSame()
    {
        const QByteArray stream = "\xEF\xBB\xBFid: 1\r\nevent: frame\r\ndata: one\r\n\r\n: keep\r\rdata: "
                                  "two\ndata\n\nretry: 5\nodd\n\ndata: three\n\n";
        SseParser whole;
        const auto expected = whole.push(stream);
        QVERIFY(expected);
        QCOMPARE(expected->size(), std::size_t(3));
        QCOMPARE((*expected)[1].data, QByteArray("two\n"));
        for (int round = 0; round < 200; ++round) {
            SseParser parser;
            std::vector<SseEvent> events;
            for (qsizetype at = 0; at < stream.size();) {
                const qsizetype length = 1 + QRandomGenerator::global()->bounded(6);
                const auto some = parser.push(stream.mid(at, length));
                QVERIFY(some);
                events.insert(events.end(), some->begin(), some->end());
                at += length;
            }
            QCOMPARE(events.size(), expected->size());
            for (std::size_t index = 0; index < events.size(); ++index)
                QCOMPARE(events[index].data, (*expected)[index].data);
        }
    }

    void anUnfinishedEventIsNotDelivered()
    {
        SseParser parser;
        QCOMPARE(parser.push("event: frame\ndata: half")->size(), std::size_t(0));
        QCOMPARE(parser.push("\n")->size(), std::size_t(0));
        QCOMPARE(parser.push("\n")->size(), std::size_t(1));
    }

    void holdsItsLimit()
    {
        SseParser atLimit(1'000);
        QVERIFY(atLimit.push("data:" + QByteArray(900, 'x')));
        SseParser past(1'000);
        const auto tooMuch = past.push("data:" + QByteArray(2'000, 'x'));
        QVERIFY(!tooMuch);
        QCOMPARE(tooMuch.error().code, ErrorCode::TooLarge);
        QVERIFY(!past.push("\n\n"));
        SseParser lines(1'000);
        QVERIFY(!lines.push(QByteArray("data: 0123456789\n").repeated(200)));
    }

    void noiseNeverHurts()
    {
        QRandomGenerator random(42);
        for (int round = 0; round < 300; ++round) {
            QByteArray noise(random.bounded(400), '\0');
            for (char& byte : noise)
                byte = "\n\r:dataevntid \0\xff"[random.bounded(17)];
            SseParser parser(200);
            const auto events = parser.push(noise);
            QVERIFY(!events || events->size() <= std::size_t(noise.size()));
        }
    }
};

QTEST_GUILESS_MAIN(SseParserTest)
#include "sse_parser_test.moc"
