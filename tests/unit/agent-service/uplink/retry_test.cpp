// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/uplink/retry.h"

#include <QTest>

using namespace sextant::agent;
using namespace std::chrono_literals;

class RetryTest : public QObject {
    Q_OBJECT
private slots:
    void readsRetryAfter_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<qint64>("expectedMs"); // -1: nothing
        QTest::newRow("seconds") << QByteArray("120") << qint64(120'000);
        QTest::newRow("zero") << QByteArray("0") << qint64(0);
        QTest::newRow("beyond any number") << QByteArray("99999999999999") << qint64(600'000);
        QTest::newRow("IMF date") << QByteArray("Sun, 06 Nov 1994 08:49:37 GMT") << qint64(37'000);
        QTest::newRow("RFC 850 date") << QByteArray("Sunday, 06-Nov-94 08:49:37 GMT") << qint64(37'000);
        QTest::newRow("asctime date") << QByteArray("Sun Nov  6 08:49:37 1994") << qint64(37'000);
        QTest::newRow("past") << QByteArray("Sun, 06 Nov 1994 08:00:00 GMT") << qint64(0);
        QTest::newRow("no such day") << QByteArray("Sun, 31 Feb 1994 08:49:37 GMT") << qint64(-1);
        QTest::newRow("no such month") << QByteArray("Sun, 06 Foo 1994 08:49:37 GMT") << qint64(-1);
        QTest::newRow("no such hour") << QByteArray("Sun, 06 Nov 1994 28:49:37 GMT") << qint64(-1);
        QTest::newRow("negative") << QByteArray("-5") << qint64(-1);
        QTest::newRow("fraction") << QByteArray("1.5") << qint64(-1);
        QTest::newRow("words") << QByteArray("soon") << qint64(-1);
        QTest::newRow("empty") << QByteArray("") << qint64(-1);
        QTest::newRow("tail") << QByteArray("Sun, 06 Nov 1994 08:49:37 GMT+1") << qint64(-1);
        QTest::newRow("long") << QByteArray(5'000, 'x') << qint64(-1);
    }
    void readsRetryAfter()
    {
        QFETCH(QByteArray, text);
        QFETCH(qint64, expectedMs);
        constexpr std::int64_t kNow = 784'111'740'000; // 1994-11-06T08:49:00Z
        const auto wait = parseRetryAfter(text.toStdString(), kNow);
        QCOMPARE(wait ? qint64(wait->count()) : qint64(-1), expectedMs);
    }
};

QTEST_GUILESS_MAIN(RetryTest)
#include "retry_test.moc"
