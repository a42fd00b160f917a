// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/compression.h"

#include <QTest>

using namespace sextant;
using namespace sextant::metrics;

class CompressionTest : public QObject {
    Q_OBJECT

private slots:
    void roundTrip_data()
    {
        QTest::addColumn<int>("size");
        for (const int size : {0, 1, 1'000, 131'072, 131'073, 3'000'000})
            QTest::addRow("%d bytes", size) << size;
    }
    void roundTrip()
    {
        QFETCH(int, size);
        std::string text(static_cast<std::size_t>(size), 'x');
        for (std::size_t i = 0; i < text.size(); ++i)
            text[i] = static_cast<char>((i * i) >> 7);
        const auto packed = zstdCompress(text);
        QVERIFY(packed);
        // Exactly at the limit passes, one byte less does not.
        QVERIFY(*zstdDecompress(*packed, text.size()) == text);
        if (size > 0)
            QCOMPARE(zstdDecompress(*packed, text.size() - 1).error().code, ErrorCode::TooLarge);
    }

    void aBombStopsAtTheLimit()
    {
        const auto bomb = zstdCompress(std::string(64'000'000, '\0'));
        QVERIFY(bomb->size() < 10'000);
        QCOMPARE(zstdDecompress(*bomb, 1'000'000).error().code, ErrorCode::TooLarge);
    }

    void damagedInputIsMalformed()
    {
        const std::string packed = *zstdCompress(std::string(10'000, 'a') + std::string(10'000, 'b'));
        QCOMPARE(zstdDecompress("", 100).error().code, ErrorCode::Malformed);
        QCOMPARE(zstdDecompress("not zstd at all", 100).error().code, ErrorCode::Malformed);
        for (std::size_t cut = 1; cut < packed.size(); ++cut)
            QVERIFY(!zstdDecompress(std::string_view(packed).substr(0, cut), 100'000));
    }

    void aChecksumFindsBytesThatChanged()
    {
        std::string text;
        for (unsigned i = 0; i < 2'000; ++i)
            text += static_cast<char>(i * i * 7919U >> 5U);
        const std::string packed = *zstdCompressChecked(text);
        QCOMPARE(*zstdDecompress(packed, 100'000), text);
        QVERIFY(packed.size() <= zstdCompress(text)->size() + 4);
        int unnoticedWithout = 0;
        for (std::size_t at = 0; at < packed.size(); ++at) {
            std::string damaged = packed;
            damaged[at] = static_cast<char>(damaged[at] ^ 1);
            if (const auto read = zstdDecompress(damaged, 100'000)) // a bit of the header may mean nothing
                QVERIFY(*read == text);
            damaged = *zstdCompress(text);
            damaged[at % damaged.size()] = static_cast<char>(damaged[at % damaged.size()] ^ 1);
            const auto read = zstdDecompress(damaged, 100'000);
            unnoticedWithout += read && *read != text ? 1 : 0;
        }
        QVERIFY(unnoticedWithout > 0); // or this test shows nothing
    }

    void severalFramesAreOneBody()
    {
        const std::string body = *zstdCompress("first ") + *zstdCompress("second");
        QCOMPARE(*zstdDecompress(body, 100), std::string("first second"));
    }
};

QTEST_GUILESS_MAIN(CompressionTest)
#include "compression_test.moc"
