// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/commands/record.h"
#include "metrics/recording.h"

#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <fstream>
#include <set>

using namespace sextant;
using namespace sextant::agent;
using namespace std::chrono_literals;

namespace {

platform::Roots recordedHost()
{
    const std::string folder = std::string(SEXTANT_SOURCE_DIR) + "/tests/fixtures/linux/recorded-vm";
    return {folder + "/proc", folder + "/sys", folder + "/root"};
}

} // namespace

class RecordTest : public QObject {
    Q_OBJECT
private slots:
    void writesWhatTheCollectorsGive()
    {
        const QTemporaryDir folder;
        const std::string file = folder.filePath(QStringLiteral("host.rec")).toStdString();
        Settings settings;
        settings.interval = 1s;
        logging::Log log(logging::Level::Error);
        std::vector<RecordProgress> told;
        const auto recorded =
            record(file, 2s, settings, recordedHost(), log, [&](const RecordProgress& so) { told.push_back(so); });
        QVERIFY2(recorded, recorded ? "" : recorded.error().message.c_str());
        QVERIFY(recorded->batches >= 2); // at once, and a second later
        QCOMPARE(told.size(), recorded->batches);

        std::ifstream from(file, std::ios::binary);
        QVERIFY(metrics::openRecording(from));
        std::set<std::string_view> families;
        for (std::uint64_t i = 0; i < recorded->batches; ++i) {
            const auto batch = metrics::readRecorded(from);
            QVERIFY(batch && *batch);
            QVERIFY(!(*batch)->host.empty());
            for (const metrics::Frame& frame : (*batch)->frames) {
                QCOMPARE(frame.intervalMs(), 1'000U);
                families.insert(frame.family().name);
            }
        }
        for (const std::string_view family : {"cpu", "memory", "network", "agent_collector"})
            QVERIFY2(families.contains(family), family.data());
        QVERIFY(!*metrics::readRecorded(from));
        QCOMPARE(static_cast<std::uint64_t>(QFileInfo(QString::fromStdString(file)).size()), recorded->bytes);
    }

    void neverOverwrites()
    {
        const QTemporaryDir folder;
        const std::string file = folder.filePath(QStringLiteral("host.rec")).toStdString();
        std::ofstream(file) << "mine";
        logging::Log log(logging::Level::Error);
        const auto recorded = record(file, 1s, Settings(), recordedHost(), log, [](const RecordProgress&) {});
        QCOMPARE(recorded.error().code, ErrorCode::Conflict);
        std::string kept;
        std::getline(std::ifstream(file) >> std::ws, kept);
        QCOMPARE(kept, std::string("mine"));
    }

    void saysWhenTheFileCannotBeMade()
    {
        logging::Log log(logging::Level::Error);
        const auto recorded =
            record("/nowhere/at/all", 1s, Settings(), recordedHost(), log, [](const RecordProgress&) {});
        QCOMPARE(recorded.error().code, ErrorCode::Io);
        QVERIFY(recorded.error().message.find("/nowhere/at/all") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(RecordTest)
#include "record_test.moc"
