// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/spool/spool.h"
#include "platform/self.h"

#include <QDir>
#include <QFile>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <random>

using namespace sextant;
using namespace sextant::agent;

namespace {

constexpr std::int64_t kNow = 1'800'000'000'000;

metrics::BatchId idOf(int number)
{
    return metrics::BatchId::make(number, {});
}

PackedBatch batch(int number, std::size_t bytes = 2'000)
{
    return {
        idOf(number), std::string(bytes, static_cast<char>('a' + number % 26)), number * 1'000, number * 1'000 + 1'000};
}

/// A state folder, and spools on its file one after the other as an agent that is started again makes them.
struct World {
    QTemporaryDir folder;
    std::vector<std::string> lines;
    logging::Log log{logging::Level::Debug, logging::Format::Logfmt,
        [this](logging::Level, std::string_view line) { lines.emplace_back(line); }};
    SpoolOptions options{
        (folder.path() + QStringLiteral("/spool.db")).toStdString(), SpoolMode::OnFailure, 256U << 20U, 0, 16U << 20U};
    std::unique_ptr<Spool> spool;

    void restart()
    {
        spool.reset();
        spool = std::make_unique<Spool>(options, log, [] { return kNow; });
        spool->start({"run", "A", "1.0", {kNow, 1'000, 1'000}});
    }
    void pushTried(int number, std::size_t bytes = 2'000)
    {
        spool->push(batch(number, bytes));
        spool->retryLater(idOf(number));
    }
    /// What is offered, in order, when each is acknowledged.
    QList<int> drained()
    {
        QList<int> order;
        while (const auto next = spool->next()) {
            const auto bytes = next->id.bytes();
            order << bytes[4] * 256 + bytes[5];
            if (next->body != batch(order.last(), next->body.size()).body)
                order << -1;
            spool->acknowledge(next->id);
        }
        return order;
    }
    [[nodiscard]] std::ptrdiff_t timesLogged(const std::string& part) const
    {
        return std::ranges::count_if(
            lines, [&](const std::string& line) { return line.find(part) != std::string::npos; });
    }
};

QList<int> range(int from, int to)
{
    QList<int> numbers;
    for (int number = from; number <= to; ++number)
        numbers << number;
    return numbers;
}

/// True when a child process that does `work` ended in the way of SIGKILL.
bool killedWhile(const std::function<void()>& work)
{
    const pid_t child = ::fork();
    if (child == 0) {
        work();
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    return child > 0 && ::waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

} // namespace

class SpoolTest : public QObject {
    Q_OBJECT
private slots:
    void offersTheFreshOneFirstThenTheBacklogInOrder_data()
    {
        QTest::addColumn<int>("mode");
        QTest::newRow("on failure") << int(SpoolMode::OnFailure);
        QTest::newRow("always") << int(SpoolMode::Always);
        QTest::newRow("off") << int(SpoolMode::Off);
    }
    void offersTheFreshOneFirstThenTheBacklogInOrder()
    {
        QFETCH(int, mode);
        World world;
        world.options.mode = static_cast<SpoolMode>(mode);
        world.restart();
        for (int number = 1; number <= 3; ++number)
            world.pushTried(number);
        world.spool->push(batch(4));
        QVERIFY(world.spool->hasFresh());
        const SpoolStats stats = world.spool->stats();
        QCOMPARE(stats.batches, std::uint64_t(4));
        QCOMPARE(stats.diskBatches, std::uint64_t(mode == int(SpoolMode::Off)      ? 0
                                                  : mode == int(SpoolMode::Always) ? 4
                                                                                   : 3));
        QCOMPARE(world.drained(), (QList<int>{4, 1, 2, 3}));
        QVERIFY(world.spool->empty());
        QCOMPARE(world.spool->stats().sent, std::uint64_t(4));
        QCOMPARE(world.spool->stats().sentBytes, std::uint64_t(8'000));
    }

    void whatIsDeliveredAtOnceNeverTouchesTheDisk()
    {
        World world;
        world.restart();
        world.spool->push(batch(1));
        QCOMPARE(world.drained(), (QList<int>{1}));
        QCOMPARE(world.spool->stats().diskBatches, std::uint64_t(0));
    }

    void survivesARestartAndAKill()
    {
        World world;
        QVERIFY(killedWhile([&] {
            world.restart();
            for (int number = 1; number <= 50; ++number)
                world.pushTried(number);
            for (int number = 1; number <= 10; ++number)
                world.spool->acknowledge(world.spool->next()->id);
        }));
        world.restart();
        QCOMPARE(world.spool->stats().batches, std::uint64_t(40));
        world.pushTried(51);
        world.restart();
        QCOMPARE(world.drained(), range(11, 51));
        QCOMPARE(world.timesLogged("damaged"), 0);
    }

    void killedAtAnyMomentItHasEveryBatchThatItTook()
    {
        World world;
        world.restart();
        world.spool.reset();
        for (int round = 0; round < 15; ++round) {
            int pipe[2];
            QCOMPARE(::pipe(pipe), 0);
            const pid_t child = ::fork();
            QVERIFY(child >= 0);
            if (child == 0) {
                world.restart();
                for (int number = round * 1'000 + 1;; ++number) {
                    world.pushTried(number);
                    [[maybe_unused]] const auto told = ::write(pipe[1], &number, sizeof number);
                }
            }
            ::close(pipe[1]);
            int last = 0;
            for (int i = 0; i < 5 + round; ++i)
                QCOMPARE(::read(pipe[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
            ::kill(child, SIGKILL);
            ::waitpid(child, nullptr, 0);
            while (::read(pipe[0], &last, sizeof last) == static_cast<ssize_t>(sizeof last)) {
            }
            ::close(pipe[0]);
            world.restart();
            const QList<int> found = world.drained();
            // One more may have reached the disk before its number was told.
            QVERIFY(found.size() >= last - round * 1'000);
            QCOMPARE(found, range(round * 1'000 + 1, round * 1'000 + static_cast<int>(found.size())));
            QVERIFY(found.size() <= last - round * 1'000 + 1);
            world.spool.reset();
        }
        QCOMPARE(world.timesLogged("damaged"), 0);
    }

    void theFileIsPrivateAndBounded()
    {
        World world;
        world.options.maxBytes = 1U << 20U;
        world.restart();
        for (int number = 1; number <= 1'000; ++number)
            world.pushTried(number);
        struct stat status {};
        QCOMPARE(::stat(world.options.path.c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777U, 0600U);
        QVERIFY2(status.st_size <= (1 << 20) + 65'536, qPrintable(QString::number(status.st_size)));
        const SpoolStats stats = world.spool->stats();
        QVERIFY(stats.diskBytes <= 1U << 20U);
        QVERIFY(stats.diskBatches > 200);
        QCOMPARE(stats.dropped + stats.batches, std::uint64_t(1'000));
        const auto gaps = world.spool->journal().assign(idOf(5'000));
        QCOMPARE(gaps.size(), std::size_t(1));
        QCOMPARE(gaps[0].cause, metrics::GapCause::SpoolOverflow);
        QCOMPARE(gaps[0].fromMs, std::int64_t(1'000));
        QCOMPARE(gaps[0].toMs, static_cast<std::int64_t>(stats.dropped + 1) * 1'000);
        QCOMPARE(world.drained(), range(static_cast<int>(stats.dropped) + 1, 1'000));
        // And the space is given back.
        world.restart();
        world.spool.reset();
        QCOMPARE(::stat(world.options.path.c_str(), &status), 0);
        QVERIFY2(status.st_size <= 1'500'000, qPrintable(QString::number(status.st_size)));
    }

    void belowTheFreeSpaceThatOthersNeedTheFileDoesNotGrow()
    {
        World world;
        world.restart();
        for (int number = 1; number <= 300; ++number)
            world.pushTried(number);
        struct stat before {};
        ::stat(world.options.path.c_str(), &before);
        world.options.minFreeBytes = std::uint64_t(1) << 60U;
        world.spool->setOptions(world.options);
        for (int number = 301; number <= 600; ++number)
            world.pushTried(number);
        world.spool->saveJournal();
        const SpoolStats stats = world.spool->stats();
        QVERIFY(stats.dropped >= 290);
        QCOMPARE(stats.dropped + stats.batches, std::uint64_t(600));
        QCOMPARE(world.drained().last(), 600);
    }

    void aFullDiskStopsNothing()
    {
        // A limit on the size of files stands for the disk: SQLite gets EFBIG where it would get ENOSPC.
        World world;
        std::signal(SIGXFSZ, SIG_IGN);
        world.restart();
        rlimit before{};
        ::getrlimit(RLIMIT_FSIZE, &before);
        const rlimit small{400'000, before.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &small);
        for (int number = 1; number <= 400; ++number)
            world.pushTried(number);
        ::setrlimit(RLIMIT_FSIZE, &before);
        QCOMPARE(world.spool->stats().dropped, std::uint64_t(0));
        QCOMPARE(world.timesLogged("the disk cannot be used"), 1);
        QVERIFY(world.spool->stats().memoryBytes > 0);
        const QList<int> inMemory = world.drained();
        QVERIFY(inMemory.size() < 400);
        world.restart(); // the disk has room again
        const QList<int> onDisk = world.drained();
        QCOMPARE(onDisk + inMemory, range(1, 400));
        QCOMPARE(world.timesLogged("damaged"), 0);
    }

    void aFolderThatCannotBeWrittenStopsNothing()
    {
        World world;
        world.restart();
        world.pushTried(1);
        world.spool.reset();
        // Stands for a read-only remount also where the tests run as root: the path leads nowhere.
        world.options.path = "/proc/nowhere/spool.db";
        world.restart();
        QCOMPARE(world.spool->journal().nextSequence(), std::uint64_t(0));
        for (int number = 2; number <= 5; ++number)
            world.pushTried(number);
        QCOMPARE(world.timesLogged("the disk cannot be used"), 1);
        QCOMPARE(world.drained(), range(2, 5));
    }

    void aFileThatBecomesReadOnlyStopsNothing()
    {
        if (::geteuid() == 0)
            QSKIP("root may write where nobody else may");
        World world;
        world.restart();
        world.pushTried(1);
        world.spool.reset();
        QFile::setPermissions(world.folder.path(), QFile::ReadOwner | QFile::ExeOwner);
        world.restart();
        world.pushTried(2);
        QCOMPARE(world.timesLogged("the disk cannot be used"), 1);
        QCOMPARE(world.drained(), (QList<int>{2}));
        QFile::setPermissions(world.folder.path(), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        world.restart();
        QCOMPARE(world.drained(), (QList<int>{1}));
    }

    void aDamagedFileIsSetAsideAndReported()
    {
        std::mt19937 random(20'261'121);
        int setAside = 0;
        for (int round = 0; round < 30; ++round) {
            World world;
            world.restart();
            Q_UNUSED(world.spool->journal().nextSequence());
            world.spool->saveJournal();
            for (int number = 1; number <= 40; ++number)
                world.pushTried(number);
            world.spool.reset();
            QFile file(QString::fromStdString(world.options.path));
            QVERIFY(file.open(QIODevice::ReadWrite));
            for (int i = 0; i < 200; ++i) {
                file.seek(static_cast<qint64>(random() % static_cast<unsigned>(file.size())));
                file.putChar(static_cast<char>(random()));
            }
            file.close();
            world.restart();
            world.pushTried(41);
            const QList<int> found = world.drained();
            QVERIFY2(found.contains(41), "the spool goes on");
            if (world.timesLogged("set aside") == 0)
                continue; // only bytes of bodies were hit: the server will say so
            ++setAside;
            QCOMPARE(world.timesLogged("set aside"), 1);
            const QStringList aside = QDir(world.folder.path()).entryList({QStringLiteral("spool.db.corrupt-*")});
            QCOMPARE(aside.size(), 1);
            const auto gaps = world.spool->journal().assign(idOf(50));
            QVERIFY(std::ranges::any_of(gaps, [](const metrics::GapReport& gap) {
                return gap.cause == metrics::GapCause::SpoolOverflow && gap.detail.find("damaged") != std::string::npos;
            }));
        }
        QVERIFY2(setAside >= 20, qPrintable(QString::number(setAside)));
    }

    void refusedBatchesAreKeptWithTheirReason()
    {
        World world;
        world.restart();
        for (int number = 1; number <= SpoolFile::kMaxQuarantined + 20; ++number) {
            world.pushTried(number);
            world.spool->quarantine(world.spool->next()->id, "HTTP 400: wrong");
        }
        QCOMPARE(world.spool->stats().quarantined, std::uint64_t(SpoolFile::kMaxQuarantined + 20));
        QVERIFY(world.spool->empty());
        const auto gaps = world.spool->journal().assign(idOf(5'000));
        QCOMPARE(gaps.size(), std::size_t(SpoolFile::kMaxQuarantined + 20));
        QVERIFY(gaps[0] == (metrics::GapReport{metrics::GapCause::SpoolOverflow, 1'000, 2'000,
                               "the server refused them: HTTP 400: wrong"}));
        world.spool.reset();
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("look"));
        database.setDatabaseName(QString::fromStdString(world.options.path));
        QVERIFY(database.open());
        QSqlQuery query(QStringLiteral("SELECT count(*), min(reason), min(number) FROM quarantine"), database);
        QVERIFY(query.next());
        QCOMPARE(query.value(0).toInt(), SpoolFile::kMaxQuarantined);
        QCOMPARE(query.value(1).toString(), QStringLiteral("HTTP 400: wrong"));
        QCOMPARE(query.value(2).toInt(), 21);
    }

    void memoryStaysBoundedWhateverWaits()
    {
        World world;
        QVERIFY(killedWhile([&] {
            world.restart();
            for (int number = 1; number <= 60; ++number)
                world.pushTried(number, 1U << 20U);
        }));
        platform::SelfReader self;
        const std::uint64_t before = *self.read()->anonymousBytes;
        world.restart();
        int seen = 0;
        while (const auto next = world.spool->next()) {
            ++seen;
            world.spool->acknowledge(next->id);
        }
        QCOMPARE(seen, 60);
#ifdef __SANITIZE_ADDRESS__
        QSKIP("AddressSanitizer holds back freed memory: the bound is checked in the other builds");
#endif
        const std::uint64_t after = *self.read()->anonymousBytes;
        QVERIFY2(after < before + (12U << 20U), qPrintable(QString::number(after - before)));
    }

    void whatLayInMemoryWhenItWasKilledIsReported()
    {
        World world;
        world.options.mode = SpoolMode::Off;
        QVERIFY(killedWhile([&] {
            world.restart();
            const std::int64_t first = kNow - 60'000;
            for (int i = 0; i < 3; ++i) {
                world.spool->saveJournal(first + i * 10'000);
                world.spool->push({idOf(i), "x", first + i * 10'000, first + i * 10'000 + 10'000});
                world.spool->retryLater(idOf(i));
            }
        }));
        world.spool = std::make_unique<Spool>(world.options, world.log, [] { return kNow; });
        world.spool->start({"next run", "A", "1.0", {kNow + 5'000, 6'000, 6'000}});
        const auto gaps = world.spool->journal().assign(idOf(9));
        QCOMPARE(gaps.size(), std::size_t(1));
        QVERIFY(gaps[0] == (metrics::GapReport{
                               metrics::GapCause::AgentStopped, kNow - 60'000, kNow + 5'000, "was killed or crashed"}));
    }

    void theCountSurvivesAKill()
    {
        World world;
        QVERIFY(killedWhile([&] {
            world.restart();
            for (int i = 0; i < 7; ++i)
                Q_UNUSED(world.spool->journal().nextSequence());
            world.spool->saveJournal();
        }));
        world.restart();
        QCOMPARE(world.spool->journal().nextSequence(), std::uint64_t(8));
    }
};

QTEST_GUILESS_MAIN(SpoolTest)
#include "spool_test.moc"
