// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/recording.h"

#include <QTest>

#include <sstream>

using namespace sextant;
using namespace sextant::metrics;

namespace {

Batch madeBatch(std::int64_t timeMs)
{
    Frame frame(*findFamily("memory"), timeMs, 1'000);
    frame.addRow();
    frame.setCell(0, 0, Value::fixed(timeMs * 3));
    Batch batch;
    batch.id = BatchId::make(timeMs, {1, 2, 3});
    batch.host = "web01";
    batch.frames.push_back(std::move(frame));
    return batch;
}

/// A recording of `batches` batches.
std::string recorded(int batches)
{
    std::ostringstream to;
    bool good = beginRecording(to).has_value();
    for (int i = 0; i < batches; ++i)
        good = good && recordBatch(to, madeBatch(1'000 + i));
    return good ? to.str() : std::string();
}

} // namespace

class RecordingTest : public QObject {
    Q_OBJECT
private slots:
    void batchesComeBackInTurn()
    {
        std::istringstream from(recorded(3));
        QVERIFY(openRecording(from));
        for (int i = 0; i < 3; ++i) {
            const auto batch = readRecorded(from);
            QVERIFY(batch && *batch);
            QVERIFY(**batch == madeBatch(1'000 + i));
        }
        const auto end = readRecorded(from);
        QVERIFY(end && !*end);
    }

    void aCutRecordingSaysSo()
    {
        const std::string whole = recorded(1);
        for (std::size_t size = 0; size < whole.size(); ++size) {
            std::istringstream from(whole.substr(0, size));
            if (!openRecording(from)) {
                QVERIFY(size < 8);
                continue;
            }
            const auto batch = readRecorded(from);
            if (size == 8)
                QVERIFY(batch && !*batch); // nothing was recorded
            else
                QCOMPARE(batch.error().code, ErrorCode::Malformed);
        }
    }

    void refusesOtherFiles()
    {
        std::istringstream from("#!/bin/sh\n");
        QCOMPARE(openRecording(from).error().code, ErrorCode::Malformed);
        std::istringstream length(recorded(0) + "\xff\xff\xff\xff");
        QVERIFY(openRecording(length));
        QCOMPARE(readRecorded(length).error().code, ErrorCode::Malformed);
    }

    void aFullDiskIsReported()
    {
        std::ostringstream to;
        to.setstate(std::ios::badbit);
        QCOMPARE(beginRecording(to).error().code, ErrorCode::Io);
        QCOMPARE(recordBatch(to, madeBatch(1)).error().code, ErrorCode::Io);
    }
};

QTEST_GUILESS_MAIN(RecordingTest)
#include "recording_test.moc"
