// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/folders.h"
#include "process/own_process.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QProcess>
#include <QTest>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <thread>

using namespace sextant;

namespace {

/// What a thread holds: says at its end whether it was still whole.
struct Held {
    static inline std::atomic<int> whole = 0;
    static constexpr std::uint64_t kMark = 0x5e47a17;

    std::array<std::uint64_t, 8> marks;
    Held() { marks.fill(kMark); }
    ~Held()
    {
        if (std::ranges::count(marks, kMark) == std::ssize(marks))
            ++whole;
    }
};

} // namespace

class OwnProcessTest : public QObject {
    Q_OBJECT
private slots:
    void variablesAreThoseWithThePrefix()
    {
        QVERIFY(qputenv("SEXTANT_TEST_TEXT", "a=b, c"));
        QVERIFY(qputenv("OTHER_TEST_TEXT", "no"));
        const auto found = process::environment("SEXTANT_TEST_");
        QCOMPARE(found.size(), std::size_t{1});
        QCOMPARE(found.begin()->first, std::string("SEXTANT_TEST_TEXT"));
        QCOMPARE(found.begin()->second, std::string("a=b, c"));
    }

    void argumentsAreUtf8()
    {
        const QString given = QStringLiteral("ort=Köln \"鍵\" a\\");
        QProcess child;
        child.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--echo"), given});
        QVERIFY(child.waitForFinished());
        QCOMPARE(child.exitCode(), 0);
        QCOMPARE(child.readAllStandardOutput(), given.toUtf8());
    }

    void foldersAreAbsoluteAndOfTheProgram()
    {
        const auto config = QString::fromStdString(process::configFile("agent"));
        const auto state = QString::fromStdString(process::stateFolder("agent"));
        QVERIFY(QFileInfo(config).isAbsolute());
        QVERIFY(config.endsWith(QLatin1String("agent.toml")));
        QVERIFY(QFileInfo(state).isAbsolute());
        QVERIFY(state != QString::fromStdString(process::stateFolder("server")));
    }

    void whatAThreadHoldsIsDestroyedBeforeItsMemoryIsFreed()
    {
        process::limitHeap({.heaps = 1, .giveBackBytes = {}}); // as main() does: links what sees to it
        constexpr int kThreads = 20;
        for (int i = 0; i < kThreads; ++i) {
            std::thread([] {
                thread_local Held held;
                QCOMPARE(held.marks.front(), Held::kMark);
            }).join();
        }
        QCOMPARE(Held::whole.load(), kThreads);
    }
};

int main(int argc, char** argv)
{
    if (argc == 3 && std::string_view(argv[1]) == "--echo")
        return std::fputs(process::arguments(argc, argv).at(1).c_str(), stdout) < 0 ? 1 : 0;
    const QCoreApplication application(argc, argv);
    OwnProcessTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "own_process_test.moc"
