// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/command.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <cstdlib>

using namespace sextant;
using namespace sextant::platform;
using namespace std::chrono_literals;

class CommandTest : public QObject {
    Q_OBJECT

private slots:
    void tellsWhatWasPrintedAndHowItEnded()
    {
        const auto ended = runCommand({"/bin/sh", "-c", "printf 'a\\tb'; echo wrong >&2; exit 7"});
        QVERIFY(ended);
        QCOMPARE(ended->exitCode, 7);
        QCOMPARE(ended->text, std::string("a\tb"));
        QCOMPARE(ended->errors, std::string("wrong\n"));
    }

    void argumentsAreNotRead()
    {
        const std::string odd = "$(id) `id` ; * \" ' \\";
        QCOMPARE(runCommand({"/bin/echo", odd}).value().text, odd + '\n');
    }

    void itsEnvironmentIsItsOwn()
    {
        ::setenv("SEXTANT_SECRET", "s", 1);
        const std::string text = runCommand({"/usr/bin/env"}).value().text;
        QVERIFY(text.find("SEXTANT_SECRET") == std::string::npos);
        QVERIFY(text.find("LC_ALL=C.UTF-8\n") != std::string::npos);
        QVERIFY(text.find("TZ=UTC\n") != std::string::npos);
        QCOMPARE(runCommand({"/bin/cat"}).value().text, std::string()); // nothing to read, and nothing to wait for
    }

    void failuresAreToldApart()
    {
        QCOMPARE(runCommand({"/none/program"}).error().code, ErrorCode::NotAvailable);
        QCOMPARE(runCommand({"/etc/passwd"}).error().code, ErrorCode::Denied);
        const auto killed = runCommand({"/bin/sh", "-c", "kill -9 $$"});
        QCOMPARE(killed.error().code, ErrorCode::Io);
        QCOMPARE(QString::fromStdString(killed.error().message), QStringLiteral("/bin/sh: ended by signal 9"));
    }

    void pastItsDeadlineAllOfItIsKilled()
    {
        QTemporaryDir folder;
        const std::string path = folder.filePath(QStringLiteral("pid")).toStdString();
        QElapsedTimer timer;
        timer.start();
        const auto late = runCommand({"/bin/sh", "-c", "sleep 60 & echo $! >" + path + "; wait"}, {300ms, 1'000});
        QCOMPARE(late.error().code, ErrorCode::TimedOut);
        QVERIFY(timer.elapsed() < 5'000);
        QFile file(QString::fromStdString(path));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto pid = static_cast<pid_t>(file.readAll().trimmed().toInt());
        QVERIFY(pid > 0);
        // Its parent is gone: whoever took it over may not have looked at it yet.
        QTRY_VERIFY_WITH_TIMEOUT(
            ::kill(pid, 0) != 0 ||
                runCommand({"/bin/cat", "/proc/" + std::to_string(pid) + "/stat"}).value().text.find(") Z ") !=
                    std::string::npos,
            5'000);
        // One that closed its outputs and goes on is not waited for past the deadline either.
        QCOMPARE(
            runCommand({"/bin/sh", "-c", "exec >&- 2>&-; sleep 60"}, {200ms, 1'000}).error().code, ErrorCode::TimedOut);
    }

    void outputHasALimit()
    {
        CommandLimits limits{10s, 100'000};
        QCOMPARE(runCommand({"/usr/bin/head", "-c", "100000", "/dev/zero"}, limits).value().text.size(),
            std::size_t(100'000));
        const auto larger = runCommand({"/usr/bin/head", "-c", "100001", "/dev/zero"}, limits);
        QCOMPARE(larger.error().code, ErrorCode::TooLarge);
        QCOMPARE(runCommand({"/bin/cat", "/dev/zero"}, limits).error().code, ErrorCode::TooLarge);
        const auto errors = runCommand({"/bin/sh", "-c", "head -c 1000000 /dev/zero >&2"}, limits);
        QCOMPARE(errors.value().errors.size(), std::size_t(4'096));
    }

    void aThreadThatBlocksSignalsDoesNotHandThatOn()
    {
        sigset_t all;
        sigset_t before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, &before);
        const auto killed = runCommand({"/bin/sh", "-c", "kill -TERM $$; sleep 5"});
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        QCOMPARE(QString::fromStdString(killed.error().message), QStringLiteral("/bin/sh: ended by signal 15"));
    }
};

QTEST_APPLESS_MAIN(CommandTest)
#include "command_test.moc"
