// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/file_system_prober.h"

#include <QTest>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

using namespace sextant;
using namespace sextant::platform;
using namespace std::chrono_literals;

namespace {

/// A file system in memory whose mounts can be made to hang.
class Mounts {
public:
    Result<FileSystemSpace> ask(const std::string& path)
    {
        std::unique_lock lock(m_mutex);
        ++m_asked[path];
        m_changed.wait(lock, [&] { return !m_hanging.contains(path); });
        if (path == "/denied")
            return fail(ErrorCode::Denied, "denied");
        FileSystemSpace space;
        space.total = path.size();
        return space;
    }
    void hang(const std::string& path)
    {
        const std::lock_guard lock(m_mutex);
        m_hanging.insert({path, true});
    }
    void release(const std::string& path)
    {
        const std::lock_guard lock(m_mutex);
        m_hanging.erase(path);
        m_changed.notify_all();
    }
    int asked(const std::string& path)
    {
        const std::lock_guard lock(m_mutex);
        return m_asked[path];
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::map<std::string, bool> m_hanging;
    std::map<std::string, int> m_asked;
};

} // namespace

class FileSystemProberTest : public QObject {
    Q_OBJECT
private slots:
    void everyMountAnswersInItsPlace()
    {
        const auto mounts = std::make_shared<Mounts>();
        FileSystemProber prober([mounts](const std::string& path) { return mounts->ask(path); }, 5s, 4);
        for (int round = 0; round < 50; ++round) {
            const auto answers = prober.ask({"/", "/denied", "/data"});
            QCOMPARE(answers.size(), 3U);
            QCOMPARE(answers[0]->value().total, std::uint64_t(1));
            QCOMPARE(answers[1]->error().code, ErrorCode::Denied);
            QCOMPARE(answers[2]->value().total, std::uint64_t(5));
        }
        QCOMPARE(prober.stuckThreads(), 0U);
        QVERIFY(prober.ask({}).empty());
    }

    void aHangingMountHoldsUpNobodyAndIsNotAskedAgain()
    {
        const auto mounts = std::make_shared<Mounts>();
        mounts->hang("/nfs");
        FileSystemProber prober([mounts](const std::string& path) { return mounts->ask(path); }, 400ms, 4);
        for (int round = 0; round < 3; ++round) {
            const auto answers = prober.ask({"/nfs", "/", "/data"});
            QVERIFY(!answers[0]);
            QVERIFY(answers[1] && answers[2]);
            QCOMPARE(mounts->asked("/nfs"), 1);
            QCOMPARE(prober.stuckThreads(), 1U);
        }
        mounts->release("/nfs");
        QTRY_COMPARE(prober.stuckThreads(), 0U);
        const auto answers = prober.ask({"/nfs", "/"});
        QVERIFY(answers[0] && answers[0]->has_value());
        QCOMPARE(mounts->asked("/nfs"), 2);
    }

    void thereAreNeverMoreStuckThreadsThanTheCap()
    {
        const auto mounts = std::make_shared<Mounts>();
        std::vector<std::string> paths;
        for (int i = 0; i < 10; ++i) {
            paths.push_back("/nfs" + std::to_string(i));
            mounts->hang(paths.back());
        }
        paths.push_back("/");
        FileSystemProber prober([mounts](const std::string& path) { return mounts->ask(path); }, 200ms, 3);
        for (int round = 0; round < 4; ++round) {
            for (const auto& answer : prober.ask(paths))
                QVERIFY(!answer);
            QCOMPARE(prober.stuckThreads(), 3U);
        }
        for (int i = 0; i < 10; ++i)
            mounts->release(paths[std::size_t(i)]);
        QTRY_COMPARE(prober.stuckThreads(), 0U);
        for (const auto& answer : prober.ask(paths))
            QVERIFY(answer && answer->has_value());
    }

    void aSlowMountIsNotAHangingOne()
    {
        const auto mounts = std::make_shared<Mounts>();
        mounts->hang("/slow");
        FileSystemProber prober([mounts](const std::string& path) { return mounts->ask(path); }, 10s, 2);
        std::thread opener([mounts] {
            while (mounts->asked("/data") == 0) // a second worker went on with the rest
                std::this_thread::sleep_for(1ms);
            mounts->release("/slow");
        });
        const auto answers = prober.ask({"/slow", "/data"});
        opener.join();
        QVERIFY(answers[0] && answers[0]->has_value());
        QVERIFY(answers[1] && answers[1]->has_value());
        QCOMPARE(prober.stuckThreads(), 0U);
    }

    void theEndDoesNotWaitForAStuckThread()
    {
        const auto mounts = std::make_shared<Mounts>();
        mounts->hang("/nfs");
        std::weak_ptr<Mounts> watched = mounts;
        {
            FileSystemProber prober([mounts](const std::string& path) { return mounts->ask(path); }, 50ms, 1);
            QVERIFY(!prober.ask({"/nfs"}).at(0));
        } // comes back although the call has not
        QCOMPARE(mounts->asked("/nfs"), 1);
        mounts->release("/nfs");
        QTRY_COMPARE(watched.use_count(), 1L); // the thread ended and gave back what it held
    }
};

QTEST_GUILESS_MAIN(FileSystemProberTest)
#include "file_system_prober_test.moc"
