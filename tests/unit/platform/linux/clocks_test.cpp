// SPDX-License-Identifier: GPL-3.0-or-later
// The clocks as they are on this machine, and as they are after a sleep, which a time namespace stands for.
#include "platform/clocks.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <thread>

using namespace sextant;
using namespace sextant::platform;

namespace {

constexpr std::int64_t kHourMs = 3'600'000;

} // namespace

class ClocksTest : public QObject {
    Q_OBJECT
private slots:
    void allThreeGoAtTheSamePace()
    {
        const Clocks before = readClocks();
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        QVERIFY(std::abs(std::chrono::duration_cast<std::chrono::milliseconds>(now).count() - before.wallMs) < 1'000);
        QVERIFY(before.awakeMs > 0 && before.elapsedMs >= before.awakeMs);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        const Clocks after = readClocks();
        const std::int64_t passed = after.elapsedMs - before.elapsedMs;
        QVERIFY(passed >= 49 && passed < 10'000);
        QVERIFY(std::abs(after.awakeMs - before.awakeMs - passed) <= 5);
        QVERIFY(std::abs(after.wallMs - before.wallMs - passed) <= 100); // somebody may be setting it
    }

    void aSleepCountsAsElapsedAndNotAsAwake()
    {
        constexpr int kNewTime = 0x80; // CLONE_NEWTIME; not in every libc
        enum Exit { Right, Wrong, NotToBeHad };
        const Clocks before = readClocks();
        const pid_t child = ::fork();
        QVERIFY(child >= 0);
        if (child == 0) {
            QFile offsets(QStringLiteral("/proc/self/timens_offsets"));
            if (::unshare(kNewTime) != 0 || !offsets.open(QIODevice::WriteOnly | QIODevice::Unbuffered) ||
                offsets.write("boottime 3600 0\n") < 0)
                ::_exit(NotToBeHad);
            const pid_t sleeper = ::fork(); // the offsets hold for children
            if (sleeper == 0) {
                const Clocks clocks = readClocks();
                const std::int64_t slept = (clocks.elapsedMs - before.elapsedMs) - (clocks.awakeMs - before.awakeMs);
                const bool right = std::abs(slept - kHourMs) <= 5 && std::abs(clocks.wallMs - before.wallMs) < 60'000;
                ::_exit(right ? Right : Wrong);
            }
            int status = 0;
            ::waitpid(sleeper, &status, 0);
            ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : Wrong);
        }
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFEXITED(status));
        if (WEXITSTATUS(status) == NotToBeHad)
            QSKIP("NO SLEEP IN THIS RUN: no time namespace");
        QCOMPARE(WEXITSTATUS(status), int(Right));
    }

    void theBootHasAnId()
    {
        const auto here = readBootId({});
        QVERIFY(here.has_value());
        QCOMPARE(here->size(), std::size_t(36));
        Roots roots;
        const QTemporaryDir empty;
        roots.proc = empty.path().toStdString();
        const auto none = readBootId(roots);
        QVERIFY(!none);
        QCOMPARE(none.error().code, ErrorCode::NotFound);
    }
};

QTEST_GUILESS_MAIN(ClocksTest)
#include "clocks_test.moc"
