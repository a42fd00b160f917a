// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/codec.h"

#include <QTest>

#include <protozero/pbf_writer.hpp>

#include <functional>
#include <limits>
#include <random>

using namespace sextant;
using namespace sextant::metrics;

namespace {

Value randomValue(const Column& column, std::mt19937_64& random)
{
    if (random() % 4 == 0)
        return {};
    const auto bits = static_cast<std::int64_t>(random());
    if (column.storage == Storage::Real)
        return Value::real(std::bit_cast<double>(bits));
    return Value::fixed(bits >> (random() % 64));
}

Batch randomBatch(std::mt19937_64& random)
{
    Batch batch;
    batch.id = BatchId::make(static_cast<std::int64_t>(random() >> 16), {static_cast<std::uint8_t>(random())});
    batch.host = "höst-" + std::to_string(random() % 100);
    for (const Family& family : families()) {
        Frame frame(family, static_cast<std::int64_t>(random()) >> 20, static_cast<std::uint32_t>(random() % 60'000));
        const std::size_t rows = family.labels.empty() ? 1 : random() % 20;
        for (std::size_t row = 0; row < rows; ++row) {
            std::vector<std::string> labels;
            for (std::size_t key = 0; key < family.labels.size(); ++key)
                labels.push_back("/mnt/ä" + std::to_string(random() % 1'000));
            frame.addRow(labels);
            for (std::size_t column = 0; column < family.columns.size(); ++column)
                frame.setCell(row, column, randomValue(family.columns[column], random));
        }
        batch.frames.push_back(std::move(frame));
    }
    batch.sequence = random() >> (random() % 64);
    for (std::uint64_t count = random() % 4; count > 0; --count)
        batch.gaps.push_back({static_cast<GapCause>(1 + random() % 8), static_cast<std::int64_t>(random()),
            static_cast<std::int64_t>(random()), random() % 2 == 0 ? "" : "cpu: gélé"});
    for (std::uint64_t count = random() % 3; count > 0; --count)
        batch.documents.push_back({"processes", static_cast<std::int64_t>(random()), std::string(random() % 300, '{')});
    for (std::uint64_t count = random() % 4; count > 0; --count)
        batch.tags.insert(batch.tags.begin(), {"t" + std::to_string(count), "ä" + std::to_string(random())});
    return batch;
}

/// A batch message with one gap report whose fields the caller writes.
std::string batchWithGap(const std::function<void(protozero::pbf_writer&)>& writeGap)
{
    std::string bytes;
    protozero::pbf_writer batch(bytes);
    batch.add_bytes(1, std::string(16, 'i'));
    protozero::pbf_writer gap(batch, 5);
    writeGap(gap);
    gap.commit();
    return bytes;
}

/// A batch message with one frame whose fields the caller writes.
std::string batchWithFrame(const std::function<void(protozero::pbf_writer&)>& writeFrame)
{
    std::string bytes;
    protozero::pbf_writer batch(bytes);
    batch.add_bytes(1, std::string(16, 'i'));
    {
        protozero::pbf_writer frame(batch, 3);
        writeFrame(frame);
    }
    return bytes;
}

std::string batchWithColumn(std::uint32_t rows, const std::function<void(protozero::pbf_writer&)>& writeColumn)
{
    return batchWithFrame([&](protozero::pbf_writer& frame) {
        frame.add_string(1, "cpu");
        frame.add_uint32(4, rows);
        protozero::pbf_writer column(frame, 6);
        writeColumn(column);
    });
}

ErrorCode codeOf(const std::string& bytes, const DecodeLimits& limits = {})
{
    const auto decoded = decodeBatch(bytes, limits);
    return decoded ? ErrorCode::Internal : decoded.error().code;
}

} // namespace

class CodecTest : public QObject {
    Q_OBJECT

private slots:
    void roundTripsWhatItWrites()
    {
        std::mt19937_64 random(20'261'121);
        for (int round = 0; round < 200; ++round) {
            const Batch batch = randomBatch(random);
            const auto decoded = decodeBatch(encodeBatch(batch));
            QVERIFY2(decoded, decoded ? "" : decoded.error().message.c_str());
            QVERIFY(decoded->batch == batch);
            QCOMPARE(decoded->unknownFamilies + decoded->unknownColumns + decoded->unknownFields, std::size_t{0});
        }
    }

    void extremesSurvive()
    {
        Batch batch;
        Frame frame(family("cpu"), std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::uint32_t>::max());
        frame.addRow();
        frame.setCell(0, 0, Value::fixed(std::numeric_limits<std::int64_t>::min()));
        frame.setCell(0, 1, Value::fixed(std::numeric_limits<std::int64_t>::max()));
        batch.frames.push_back(frame);
        Frame custom(family("custom"), 0, 0);
        for (const double value :
            {-0.0, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::denorm_min(),
                std::bit_cast<double>(std::uint64_t{0x7ff0000000000002})}) { // Prometheus' stale marker
            custom.setCell(custom.addRow({"x", ""}), 0, Value::real(value));
        }
        batch.frames.push_back(custom);
        QVERIFY(decodeBatch(encodeBatch(batch))->batch == batch);
    }

    void everyCutIsRefusedOrWhole()
    {
        std::mt19937_64 random(7);
        const Batch batch = randomBatch(random);
        const std::string bytes = encodeBatch(batch);
        for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
            // A cut between two frames leaves a shorter, valid message; any other is an error. Neither may crash.
            const auto decoded = decodeBatch(std::string_view(bytes).substr(0, cut));
            if (decoded)
                QVERIFY(decoded->batch != batch);
            else
                QCOMPARE(decoded.error().code, ErrorCode::Malformed);
        }
    }

    void unknownThingsAreCountedNotRefused()
    {
        std::string bytes = batchWithFrame([](protozero::pbf_writer& frame) {
            frame.add_string(1, "quantum");
            frame.add_uint32(4, 3);
        });
        protozero::pbf_writer batch(bytes);
        batch.add_string(99, "from the future");
        {
            protozero::pbf_writer frame(batch, 3);
            frame.add_string(1, "cpu");
            frame.add_uint32(4, 1);
            frame.add_double(77, 1.5);
            for (const std::uint32_t number : {1U, 4'000U}) {
                protozero::pbf_writer column(frame, 6);
                column.add_uint32(1, number);
                const std::vector<std::int64_t> values{1'250};
                column.add_packed_sint64(2, values.begin(), values.end());
            }
            protozero::pbf_writer label(frame, 5);
            label.add_string(1, "colour");
            label.add_string(2, "red");
        }
        const auto decoded = decodeBatch(bytes);
        QVERIFY(decoded);
        QCOMPARE(decoded->unknownFamilies, std::size_t{1});
        QCOMPARE(decoded->unknownColumns, std::size_t{1});
        QCOMPARE(decoded->unknownFields, std::size_t{3});
        QCOMPARE(decoded->batch.frames.size(), std::size_t{1});
        QCOMPARE(*decoded->batch.frames[0].number(0, column("cpu", "usage_percent")), 12.5);
    }

    void anUnknownCauseIsCountedNotRefused_data()
    {
        QTest::addColumn<unsigned>("cause");
        for (const unsigned cause : {0U, 9U, 256U + 1U, 0xffffffffU})
            QTest::addRow("%u", cause) << cause;
    }
    void anUnknownCauseIsCountedNotRefused()
    {
        QFETCH(unsigned, cause);
        const auto decoded = decodeBatch(batchWithGap([&](protozero::pbf_writer& gap) {
            gap.add_uint32(1, cause);
            gap.add_sint64(2, 5);
            gap.add_uint32(77, 1);
        }));
        QVERIFY(decoded);
        QCOMPARE(decoded->unknownCauses, std::size_t{1});
        QCOMPARE(decoded->unknownFields, std::size_t{1});
        QVERIFY(decoded->batch.gaps.empty());
    }

    void gapReportsHaveLimits()
    {
        const auto withDetail = [](const std::string& detail) {
            return batchWithGap([&](protozero::pbf_writer& gap) {
                gap.add_uint32(1, 2);
                gap.add_string(4, detail);
            });
        };
        QVERIFY(decodeBatch(withDetail(std::string(512, 'x'))));
        QCOMPARE(codeOf(withDetail(std::string(513, 'x'))), ErrorCode::TooLarge);
        QCOMPARE(codeOf(withDetail(std::string("a\0b", 3))), ErrorCode::Malformed);
        QCOMPARE(codeOf(withDetail("\xc3")), ErrorCode::Malformed);
        Batch batch;
        batch.gaps.assign(4'096, GapReport{});
        QCOMPARE(decodeBatch(encodeBatch(batch))->batch.gaps.size(), std::size_t{4'096});
        batch.gaps.emplace_back();
        QCOMPARE(codeOf(encodeBatch(batch)), ErrorCode::TooLarge);
    }

    void documentsHaveLimits()
    {
        Batch batch;
        batch.documents.assign(16, {std::string(64, 'k'), -5, std::string(1 << 20, '{')});
        const auto decoded = decodeBatch(encodeBatch(batch));
        QVERIFY(decoded);
        QVERIFY(decoded->batch.documents == batch.documents);
        batch.documents.emplace_back();
        QCOMPARE(codeOf(encodeBatch(batch)), ErrorCode::TooLarge);
        const auto codeWith = [](Document document) {
            Batch one;
            one.documents.push_back(std::move(document));
            return codeOf(encodeBatch(one));
        };
        QCOMPARE(codeWith({std::string(65, 'k'), 0, "{}"}), ErrorCode::TooLarge);
        QCOMPARE(codeWith({"k", 0, std::string((1 << 20) + 1, '{')}), ErrorCode::TooLarge);
        QCOMPARE(codeWith({"k", 0, "\xc3"}), ErrorCode::Malformed);
        QCOMPARE(codeWith({std::string("k\0", 2), 0, "{}"}), ErrorCode::Malformed);
    }

    void whatIsNoTagCostsOnlyItself()
    {
        std::string bytes;
        protozero::pbf_writer batch(bytes);
        batch.add_bytes(1, std::string(16, 'i'));
        const auto add = [&](const std::string& name, const std::string& value) {
            protozero::pbf_writer tag(batch, 7);
            tag.add_string(1, name);
            tag.add_string(2, value);
            tag.add_uint32(9, 1);
        };
        add("site", "hel");
        add("role", "web");
        add("role", "db"); // the first one stays
        add("9x", "1");
        add("x", "\xff");
        add("x", "");
        const auto decoded = decodeBatch(bytes);
        QVERIFY2(decoded.has_value(), decoded ? "" : decoded.error().message.c_str());
        QVERIFY((decoded->batch.tags == Labels{{"role", "web"}, {"site", "hel"}}));
        QCOMPARE(decoded->refusedTags, std::size_t{4});
        QCOMPARE(decoded->unknownFields, std::size_t{6});

        Batch many;
        for (int i = 0; i < 40; ++i)
            many.tags.push_back({"t" + std::to_string(10 + i), "v"});
        const auto first = decodeBatch(encodeBatch(many));
        QCOMPARE(first->batch.tags.size(), std::size_t{32});
        QCOMPARE(first->refusedTags, std::size_t{8});
    }

    void aRowThatIsLeftOutMovesThoseBehindIt()
    {
        Refusals refusals;
        refusals.addRow(3, 0, RefusalReason::BadText);
        refusals.addRow(3, 2, RefusalReason::LongLabel);
        refusals.addRow(4, 0, RefusalReason::BadText);
        QCOMPARE(refusals.sentRow(3, 0), std::size_t{1}); // of rows 0 to 4, 1, 3 and 4 are left
        QCOMPARE(refusals.sentRow(3, 1), std::size_t{3});
        QCOMPARE(refusals.sentRow(3, 2), std::size_t{4});
        QCOMPARE(refusals.sentRow(5, 2), std::size_t{2});
    }

    void aColumnOfAnotherStorageIsUnknown()
    {
        const auto decoded = decodeBatch(batchWithColumn(1, [](protozero::pbf_writer& column) {
            column.add_uint32(1, 1);
            const std::vector<double> values{1.5};
            column.add_packed_double(3, values.begin(), values.end());
        }));
        QCOMPARE(decoded->unknownColumns, std::size_t{1});
        QVERIFY(decoded->batch.frames[0].at(0, 0).isAbsent());
    }

    void valuesMustFitTheRows_data()
    {
        QTest::addColumn<int>("values");
        QTest::addColumn<QByteArray>("absent");
        QTest::newRow("too many") << 4 << QByteArray();
        QTest::newRow("too few") << 2 << QByteArray();
        QTest::newRow("too few beside absent") << 1 << QByteArray("\x01");
        QTest::newRow("too many beside absent") << 3 << QByteArray("\x01");
        QTest::newRow("absent bits too long") << 2 << QByteArray("\x01\x00", 2);
    }
    void valuesMustFitTheRows()
    {
        QFETCH(int, values);
        QFETCH(QByteArray, absent);
        QCOMPARE(codeOf(batchWithColumn(3,
                     [&](protozero::pbf_writer& column) {
                         column.add_uint32(1, 1);
                         const std::vector<std::int64_t> cells(static_cast<std::size_t>(values), 5);
                         column.add_packed_sint64(2, cells.begin(), cells.end());
                         if (!absent.isEmpty())
                             column.add_bytes(4, absent.constData(), static_cast<std::size_t>(absent.size()));
                     })),
            ErrorCode::Malformed);
    }

    void badTextIsRefused_data()
    {
        QTest::addColumn<QByteArray>("label");
        QTest::newRow("NUL") << QByteArray("a\0b", 3);
        QTest::newRow("lone continuation") << QByteArray("\x80");
        QTest::newRow("cut off") << QByteArray("\xc3");
        QTest::newRow("overlong") << QByteArray("\xc0\xaf");
        QTest::newRow("overlong in three") << QByteArray("\xe0\x80\xaf");
        QTest::newRow("surrogate") << QByteArray("\xed\xa0\x80");
        QTest::newRow("past U+10FFFF") << QByteArray("\xf4\x90\x80\x80");
        QTest::newRow("64 KiB") << QByteArray(65'536, 'x');
    }
    void badTextIsRefused()
    {
        // A faulty label costs its row; the rows beside it are taken.
        QFETCH(QByteArray, label);
        std::string bytes = batchWithFrame([](protozero::pbf_writer& frame) {
            frame.add_string(1, "quantum");
            frame.add_uint32(4, 2);
        });
        protozero::pbf_writer batch(bytes);
        {
            protozero::pbf_writer frame(batch, 3);
            frame.add_string(1, "cpu_core");
            frame.add_uint32(4, 3);
            {
                protozero::pbf_writer labels(frame, 5);
                labels.add_string(1, "core");
                labels.add_string(2, "0");
                labels.add_string(2, label.constData(), static_cast<std::size_t>(label.size()));
                labels.add_string(2, "2");
            }
            protozero::pbf_writer column(frame, 6);
            column.add_uint32(1, 1);
            const std::vector<std::int64_t> values{100, 200, 300};
            column.add_packed_sint64(2, values.begin(), values.end());
        }
        const auto decoded = decodeBatch(bytes);
        QVERIFY(decoded);
        QCOMPARE(decoded->batch.frames.size(), std::size_t{1});
        const Frame& frame = decoded->batch.frames[0];
        QCOMPARE(frame.rowCount(), std::size_t{2});
        QCOMPARE(frame.labels(1)[0], std::string("2"));
        QCOMPARE(frame.at(1, 0).scaled(), std::int64_t{300});
        QCOMPARE(decoded->places, std::vector<std::size_t>{1});
        const RefusalReason reason = label.size() > 4'096 ? RefusalReason::LongLabel : RefusalReason::BadText;
        const std::vector<Refusal> expected{{0, std::nullopt, RefusalReason::UnknownFamily}, {1, 1, reason}};
        QVERIFY(decoded->refusals.listed() == expected);
        QCOMPARE(decoded->refusals.rows(), std::size_t{3});
    }

    void aLabelOfTheLongestLengthIsTaken()
    {
        Batch batch;
        Frame frame(family("cpu_core"), 0, 0);
        frame.addRow({std::string(4'096, 'x')});
        frame.addRow({std::string(4'097, 'x')});
        batch.frames.push_back(frame);
        const auto decoded = decodeBatch(encodeBatch(batch));
        QVERIFY(decoded);
        QCOMPARE(decoded->batch.frames[0].rowCount(), std::size_t{1});
        QVERIFY((decoded->refusals.listed() == std::vector<Refusal>{{0, 1, RefusalReason::LongLabel}}));
    }

    void notFiniteIsRefusedWhereAskedFor()
    {
        Batch batch;
        Frame custom(family("custom"), 0, 0);
        for (const double value :
            {1.5, std::numeric_limits<double>::quiet_NaN(), 2.5, -std::numeric_limits<double>::infinity()})
            custom.setCell(custom.addRow({"x", ""}), 0, Value::real(value));
        batch.frames.push_back(custom);
        Frame only(family("custom"), 0, 0);
        only.setCell(only.addRow({"x", ""}), 0, Value::real(std::numeric_limits<double>::infinity()));
        batch.frames.push_back(only);
        const auto decoded = decodeBatch(encodeBatch(batch), {.finiteOnly = true});
        QVERIFY(decoded);
        QCOMPARE(decoded->batch.frames.size(), std::size_t{1}); // nothing is left of the other
        QCOMPARE(decoded->batch.frames[0].at(1, 0).asReal(), 2.5);
        const std::vector<Refusal> expected{
            {0, 1, RefusalReason::NotFinite}, {0, 3, RefusalReason::NotFinite}, {1, 0, RefusalReason::NotFinite}};
        QVERIFY(decoded->refusals.listed() == expected);
    }

    void refusalsAreListedToABound()
    {
        Batch batch;
        Frame frame(family("cpu_core"), 0, 0);
        for (int row = 0; row < 250; ++row)
            frame.addRow({std::string("a\0", 2)});
        batch.frames.push_back(frame);
        const auto decoded = decodeBatch(encodeBatch(batch));
        QVERIFY(decoded);
        QCOMPARE(decoded->refusals.listed().size(), Refusals::kListed);
        QCOMPARE(decoded->refusals.rows(RefusalReason::BadText), std::size_t{250});
    }

    void limitsHoldAtAndPastTheEdge()
    {
        Batch batch;
        for (int i = 0; i < 3; ++i) {
            Frame frame(family("diskio"), 0, 0);
            for (int row = 0; row < 2; ++row)
                frame.addRow({"sda12"});
            batch.frames.push_back(frame);
        }
        const std::string bytes = encodeBatch(batch);
        const std::size_t cells = 3 * 2 * family("diskio").columns.size();
        const DecodeLimits exact{3, 2, cells, 6};
        QVERIFY(decodeBatch(bytes, exact));
        QCOMPARE(codeOf(bytes, {2, 2, cells, 6}), ErrorCode::TooLarge);
        QCOMPARE(codeOf(bytes, {3, 1, cells, 6}), ErrorCode::TooLarge);
        QCOMPARE(codeOf(bytes, {3, 2, cells - 1, 6}), ErrorCode::TooLarge);
        QCOMPARE(codeOf(bytes, {3, 2, cells, 5}), ErrorCode::TooLarge); // the label key has six
    }

    void manyRowsWithoutBytesCostNothing()
    {
        // 4,096 frames that each claim 65,535 rows in a dozen bytes must not take memory for them.
        std::string bytes;
        protozero::pbf_writer batch(bytes);
        batch.add_bytes(1, std::string(16, 'i'));
        for (int i = 0; i < 4'096; ++i) {
            protozero::pbf_writer frame(batch, 3);
            frame.add_string(1, "cpu");
            frame.add_uint32(4, 65'535);
        }
        QCOMPARE(codeOf(bytes), ErrorCode::TooLarge);
    }

    void theIdMustBeThere()
    {
        QCOMPARE(codeOf(""), ErrorCode::Malformed);
        std::string bytes;
        protozero::pbf_writer(bytes).add_bytes(1, std::string(15, 'i'));
        QCOMPARE(codeOf(bytes), ErrorCode::Malformed);
        QCOMPARE(codeOf(std::string(100, '\xff')), ErrorCode::Malformed);
    }
};

QTEST_GUILESS_MAIN(CodecTest)
#include "codec_test.moc"
