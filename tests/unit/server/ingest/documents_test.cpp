// SPDX-License-Identifier: GPL-3.0-or-later
#include "logging/log.h"
#include "server/ingest/documents.h"
#include "server/storage/database.h"
#include "server/storage/snapshots.h"

#include <QSqlDatabase>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <vector>

using namespace sextant;
using namespace sextant::server;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000;
constexpr std::int64_t kDay = 86'400'000;
constexpr HostId kHost{7};

metrics::Document listAt(std::int64_t timeMs, std::string text = "{\"total\":1}")
{
    return {"processes", timeMs, std::move(text)};
}

} // namespace

class DocumentsTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_database = Database::open({.path = m_folder->filePath(QStringLiteral("test.db"))}).value();
        m_snapshots = std::make_unique<Snapshots>(*m_database);
        m_documents = std::make_unique<Documents>(
            *m_snapshots, m_log, [] { return kNow; }, AdmissionLimits{.keptMs = 30 * kDay});
        m_documents->start();
        m_lines.clear();
    }
    void cleanup()
    {
        m_documents.reset();
        m_snapshots.reset();
        m_database.reset();
    }

    void answersWhenTheyAreStored()
    {
        const auto stored = send({listAt(kNow - 60'000), listAt(kNow, "[1]"), {"mounts", kNow, "{}"}});
        QVERIFY(stored.has_value());
        QCOMPARE(m_snapshots->at(kHost, "processes", kNow - 1)->value().document, std::string("{\"total\":1}"));
        QCOMPARE(m_snapshots->at(kHost, "processes", kNow)->value().document, std::string("[1]"));
        QCOMPARE(m_snapshots->at(kHost, "mounts", kNow)->value().timeMs, kNow);
        // A batch that comes again: the first one stays.
        QVERIFY(send({listAt(kNow, "[2]")}).has_value());
        QCOMPARE(m_snapshots->at(kHost, "processes", kNow)->value().document, std::string("[1]"));
        QCOMPARE(m_documents->counts().stored, std::uint64_t{3});
        QCOMPARE(m_documents->counts().repeated, std::uint64_t{1});
    }

    void leavesOutWhatCanNeverBeStored()
    {
        const auto stored = send({listAt(kNow + 600'001), listAt(kNow - 30 * kDay - 1), listAt(kNow, "{\"total\":"),
            listAt(kNow, ""), {"", kNow, "{}"}, {"a b", kNow, "{}"}, {"../x", kNow, "{}"}, listAt(kNow + 600'000),
            listAt(kNow - 30 * kDay)});
        QVERIFY(stored.has_value());
        QCOMPARE(m_documents->counts().refused, std::uint64_t{7});
        QCOMPARE(m_documents->counts().stored, std::uint64_t{2});
        QCOMPARE(m_snapshots->list(kHost, "processes", 0, kNow * 2)->size(), std::size_t{2});
        QVERIFY(std::ranges::any_of(
            m_lines, [](const std::string& line) { return line.find("it is not JSON") != std::string::npos; }));
    }

    void aFullQueueIsBusyAtOnce()
    {
        std::promise<void> open;
        std::promise<void> held;
        auto holder = std::async(std::launch::async, [&] {
            return m_database->write([&](QSqlDatabase&) -> Result<void> {
                held.set_value();
                open.get_future().wait();
                return {};
            });
        });
        held.get_future().wait();
        std::atomic<int> good{0};
        const auto count = [&good](const Result<void>& result) { good += result ? 1 : 0; };
        // The first is taken out at once and waits for the writer; what comes now stays in the queue.
        QVERIFY(m_documents->submit(kHost, {listAt(kNow)}, 1, count).has_value());
        QTRY_COMPARE(m_documents->counts().waiting, std::size_t{0});
        QVERIFY(m_documents->submit(kHost, {listAt(kNow + 1)}, Documents::kQueueBytes - 5, count).has_value());
        QVERIFY(m_documents->submit(kHost, {listAt(kNow + 2)}, 5, count).has_value());
        const auto full = m_documents->submit(kHost, {listAt(kNow + 3)}, 1, count);
        QVERIFY(!full);
        QCOMPARE(full.error().code, ErrorCode::Busy);
        open.set_value();
        QVERIFY(holder.get().has_value());
        QTRY_COMPARE(good.load(), 3);
        QVERIFY(m_documents->submit(kHost, {listAt(kNow + 3)}, 1, count).has_value());
    }

    void aDatabaseThatIsAwayIsToldToTheSender()
    {
        m_database->stop();
        const auto stored = send({listAt(kNow)});
        QVERIFY(!stored);
        QCOMPARE(stored.error().code, ErrorCode::Unreachable);
        QCOMPARE(m_documents->counts().refused + m_documents->counts().stored, std::uint64_t{0});
        m_documents->stop();
        QCOMPARE(m_documents->submit(kHost, {}, 0, [](const Result<void>&) {}).error().code, ErrorCode::Unreachable);
    }

    void severalWritersOfOneHistoryLoseNothing()
    {
        std::vector<std::future<int>> writers;
        for (int writer = 0; writer < 4; ++writer) {
            writers.push_back(std::async(std::launch::async, [this, writer] {
                int isNew = 0;
                for (int i = 0; i < 25; ++i)
                    isNew +=
                        m_snapshots->put(kHost, "shared", kNow + i * 4 + writer, std::to_string(i)).value_or(false);
                return isNew;
            }));
        }
        int all = 0;
        for (std::future<int>& writer : writers)
            all += writer.get();
        QCOMPARE(all, 100);
        for (int i = 0; i < 100; ++i)
            QCOMPARE(m_snapshots->at(kHost, "shared", kNow + i)->value().document, std::to_string(i / 4));
    }

private:
    Result<void> send(std::vector<metrics::Document> documents)
    {
        std::promise<Result<void>> answer;
        const auto submitted = m_documents->submit(
            kHost, std::move(documents), 1, [&answer](Result<void> result) { answer.set_value(std::move(result)); });
        return submitted ? answer.get_future().get() : submitted;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<Snapshots> m_snapshots;
    std::mutex m_mutex;
    std::vector<std::string> m_lines;
    logging::Log m_log{logging::Level::Debug, logging::Format::Logfmt, [this](logging::Level, std::string_view line) {
                           const std::lock_guard lock(m_mutex);
                           m_lines.emplace_back(line);
                       }};
    std::unique_ptr<Documents> m_documents;
};

QTEST_GUILESS_MAIN(DocumentsTest)
#include "documents_test.moc"
