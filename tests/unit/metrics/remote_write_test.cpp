// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/remote_write.h"

#include <QTest>

#include <protozero/pbf_writer.hpp>

#include <string>
#include <vector>

using namespace sextant;
using namespace sextant::metrics;

namespace {

constexpr std::size_t kMany = 1'000;

struct SecondSeries {
    std::vector<std::uint32_t> labels;
    std::vector<RemoteSeries::Sample> samples;
    bool hasHistogram = false;
};

/// A message of version 2.0, as its specification has it; with the table of texts behind the series as well.
std::string secondVersion(
    const std::vector<std::string>& symbols, const std::vector<SecondSeries>& all, bool symbolsLast = false)
{
    std::string message;
    protozero::pbf_writer writer(message);
    const auto writeSymbols = [&] {
        for (const std::string& symbol : symbols)
            writer.add_string(4, symbol);
    };
    if (!symbolsLast)
        writeSymbols();
    for (const SecondSeries& one : all) {
        protozero::pbf_writer series(writer, 5);
        series.add_packed_uint32(1, one.labels.begin(), one.labels.end());
        for (const RemoteSeries::Sample& sample : one.samples) {
            protozero::pbf_writer point(series, 2);
            point.add_double(1, sample.value);
            point.add_int64(2, sample.timeMs);
        }
        if (one.hasHistogram)
            series.add_message(3, std::string());
        protozero::pbf_writer metadata(series, 5);
        metadata.add_uint32(1, 1);
    }
    if (symbolsLast)
        writeSymbols();
    return message;
}

const std::vector<std::string> kSymbols{"", "__name__", "orders", "item", "a b"};

} // namespace

class RemoteWriteTest : public QObject {
    Q_OBJECT

private slots:
    void readsTheSecondVersion()
    {
        for (const bool symbolsLast : {false, true}) {
            const auto read = decodeRemoteWrite(
                secondVersion(kSymbols,
                    {{{1, 2, 3, 4}, {{1'000, 0.1}, {2'000, -1}}, false}, {{1, 2}, {{3'000, 5}}, true}}, symbolsLast),
                kMany, RemoteWriteVersion::Two);
            QVERIFY2(read.has_value(), read ? "" : read.error().message.c_str());
            QCOMPARE(read->series.size(), std::size_t{2});
            QCOMPARE(read->series[0].labels, (Labels{{"__name__", "orders"}, {"item", "a b"}}));
            QCOMPARE(read->series[0].samples.size(), std::size_t{2});
            QCOMPARE(read->series[0].samples[0].timeMs, std::int64_t{1'000});
            QCOMPARE(read->series[0].samples[1].value, -1.0);
            QCOMPARE(read->series[1].labels, (Labels{{"__name__", "orders"}}));
            QCOMPARE(read->withHistograms, std::vector<std::size_t>{1});
        }
    }

    /// As Prometheus 2 sends it, in requests of its own, and as version 2 has it, with the series.
    void metadataIsRead()
    {
        std::string first;
        protozero::pbf_writer request(first);
        for (const int type : {1, 99}) {
            protozero::pbf_writer metadata(request, 3);
            metadata.add_enum(1, type);
            metadata.add_string(2, "orders");
            metadata.add_string(4, "How many.");
            metadata.add_string(5, "items");
        }
        const auto one = decodeRemoteWrite(first, 2);
        QVERIFY(one && one->series.empty());
        QCOMPARE(one->metadata.size(), std::size_t{2});
        QCOMPARE(one->metadata[0].name, std::string("orders"));
        QCOMPARE(one->metadata[0].type, std::string("counter"));
        QCOMPARE(one->metadata[0].help, std::string("How many."));
        QCOMPARE(one->metadata[0].unit, std::string("items"));
        QCOMPARE(one->metadata[1].type, std::string("unknown"));
        QCOMPARE(decodeRemoteWrite(first, 1).error().code, ErrorCode::TooLarge);

        const auto secondWith = [](std::uint32_t help) {
            std::string message = secondVersion(kSymbols, {});
            protozero::pbf_writer writer(message);
            protozero::pbf_writer series(writer, 5);
            const std::uint32_t labels[] = {1, 2};
            series.add_packed_uint32(1, std::begin(labels), std::end(labels));
            protozero::pbf_writer metadata(series, 5);
            metadata.add_enum(1, 2);
            metadata.add_uint32(3, help);
            return message;
        };
        const auto two = decodeRemoteWrite(secondWith(4), kMany, RemoteWriteVersion::Two);
        QCOMPARE(two->metadata.at(0).name, std::string("orders"));
        QCOMPARE(two->metadata[0].type, std::string("gauge"));
        QCOMPARE(two->metadata[0].help, std::string("a b"));
        QCOMPARE(decodeRemoteWrite(secondWith(5), kMany, RemoteWriteVersion::Two).error().code, ErrorCode::Malformed);
    }

    void whatIsNoneIsMalformed()
    {
        const auto code = [](const std::string& message) {
            const auto read = decodeRemoteWrite(message, kMany, RemoteWriteVersion::Two);
            return read ? ErrorCode::Internal : read.error().code;
        };
        QVERIFY(code(secondVersion(kSymbols, {{{1, 5}, {}, false}})) == ErrorCode::Malformed); // there is no symbol 5
        QVERIFY(code(secondVersion(kSymbols, {{{1, 2, 3}, {}, false}})) == ErrorCode::Malformed); // has no value
        QVERIFY(code(secondVersion(kSymbols, {{{1, 2}, {}, false}}).substr(0, 30)) == ErrorCode::Malformed);
    }

    void whatIsTooMuchIsRefused()
    {
        const auto read = [](const std::string& message) {
            return decodeRemoteWrite(message, 10, RemoteWriteVersion::Two);
        };
        const std::vector<RemoteSeries::Sample> ten(10, {1, 1});
        QVERIFY(read(secondVersion(kSymbols, {{{1, 2}, ten, false}})).has_value());
        QVERIFY(read(secondVersion(kSymbols, {{{1, 2}, ten, false}, {{1, 2}, {{2, 2}}, false}})).error().code ==
                ErrorCode::TooLarge);
        QVERIFY(read(secondVersion(std::vector<std::string>(201, "x"), {})).error().code == ErrorCode::TooLarge);
        const std::vector<std::uint32_t> labels(202, 1); // 101 of them
        QVERIFY(read(secondVersion(kSymbols, {{labels, {}, false}})).error().code == ErrorCode::TooLarge);
        // One long text that stands in many labels.
        const std::vector<std::string> symbols{"", std::string(std::size_t{1} << 20, 'x')};
        QVERIFY(read(secondVersion(symbols, {{std::vector<std::uint32_t>(64, 1), {}, false}})).has_value());
        QVERIFY(read(secondVersion(symbols, {{std::vector<std::uint32_t>(66, 1), {}, false}})).error().code ==
                ErrorCode::TooLarge);
    }
};

QTEST_APPLESS_MAIN(RemoteWriteTest)
#include "remote_write_test.moc"
