// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/batch.h"

#include <QTest>

using namespace sextant;
using namespace sextant::metrics;

class BatchTest : public QObject {
    Q_OBJECT

private slots:
    void uuidVersion7()
    {
        // RFC 9562 appendix A.6: the example of a UUIDv7 value.
        const std::array<std::uint8_t, 10> random{0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};
        const BatchId id = BatchId::make(0x017f22e279b0, random);
        QCOMPARE(id.toString(), std::string("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"));
        QVERIFY(BatchId::parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F") == id);
    }

    void sortsByTime() { QVERIFY(BatchId::make(1'000, {0xff, 0xff}) < BatchId::make(1'001, {})); }

    void refusesOtherText_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("short") << QByteArray("017f22e2-79b0-7cc3-98c4-dc0c0c07398");
        QTest::newRow("no dashes") << QByteArray("017f22e279b07cc398c4dc0c0c07398f0000");
        QTest::newRow("not hex") << QByteArray("017f22e2-79b0-7cc3-98c4-dc0c0c07398g");
    }
    void refusesOtherText()
    {
        QFETCH(QByteArray, text);
        const auto id = BatchId::parse(std::string_view(text.constData(), static_cast<std::size_t>(text.size())));
        QVERIFY(!id);
        QCOMPARE(id.error().code, ErrorCode::Malformed);
    }
};

QTEST_GUILESS_MAIN(BatchTest)
#include "batch_test.moc"
