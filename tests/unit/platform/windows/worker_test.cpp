// SPDX-License-Identifier: GPL-3.0-or-later
// The worker in Wine or on Windows. This program is its own worker, with verbs that fail as the real ones may.
#include "platform/events.h"
#include "platform/guests.h"
#include "platform/temperature.h"
#include "platform/worker.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QProcess>
#include <QTest>

#include <windows.h>

using namespace sextant;
using namespace sextant::platform;
using namespace std::chrono_literals;

namespace {

using Arguments = std::span<const std::optional<std::string>>;

WorkerVerbs verbsOfTest()
{
    WorkerVerbs verbs = workerVerbs();
    verbs["echo"] = [](Arguments arguments) { return WorkerRows{{arguments.begin(), arguments.end()}}; };
    verbs["pid"] = [](Arguments) { return WorkerRows{{std::to_string(::GetCurrentProcessId())}}; };
    verbs["sleep"] = [](Arguments) -> Result<WorkerRows> {
        ::Sleep(INFINITE);
        return WorkerRows{};
    };
    verbs["end"] = [](Arguments) -> Result<WorkerRows> { std::_Exit(3); };
    verbs["large"] = [](Arguments) { return WorkerRows{{std::string(5'000'000, 'x')}}; };
    verbs["too-large"] = [](Arguments) { return WorkerRows{{std::string(parse::kMaxWorkerMessage, 'x')}}; };
    return verbs;
}

DWORD pidOf(Worker& worker)
{
    const auto answer = worker.ask({"pid"}, 20s);
    return answer ? static_cast<DWORD>(std::stoul(answer->at(0).at(0).value())) : 0;
}

bool endsSoon(HANDLE process)
{
    const bool ended = process == nullptr || ::WaitForSingleObject(process, 10'000) == WAIT_OBJECT_0;
    if (process != nullptr)
        ::CloseHandle(process);
    return ended;
}

HANDLE open(DWORD pid)
{
    return ::OpenProcess(SYNCHRONIZE, FALSE, pid);
}

/// `PROGRAM parent`: makes a worker hang and ends without a word, as a killed agent does.
int beKilledAsParent()
{
    Worker worker(ownProgram());
    std::printf("%lu\n", pidOf(worker));
    std::fflush(stdout);
    static_cast<void>(worker.ask({"sleep"}, 200ms));
    Worker second(ownProgram());
    std::printf("%lu\n", pidOf(second));
    std::fflush(stdout);
    ::TerminateProcess(::GetCurrentProcess(), 9);
    return 0;
}

} // namespace

class WorkerTest : public QObject {
    Q_OBJECT
private slots:
    void answersQuestions()
    {
        Worker worker(ownProgram());
        const WorkerRow row{"a", std::nullopt, "", "\xc3\xa4"};
        WorkerRow question = row;
        question.insert(question.begin(), "echo");
        QVERIFY(worker.ask(question, 20s).value() == WorkerRows{row});
        const DWORD pid = pidOf(worker);
        QVERIFY(pid != 0 && pid != ::GetCurrentProcessId());
        QCOMPARE(pidOf(worker), pid); // the same answers on
        QCOMPARE(worker.ask({"large"}, 20s).value().at(0).at(0)->size(), std::size_t(5'000'000));
        QCOMPARE(worker.ask({"too-large"}, 20s).error().code, ErrorCode::TooLarge);
        QCOMPARE(worker.ask({"unknown"}, 20s).error().code, ErrorCode::Invalid);
        QCOMPARE(worker.ask({}, 20s).error().code, ErrorCode::Invalid);
        QCOMPARE(pidOf(worker), pid); // none of that was a failure of the worker
        const HANDLE child = open(pid);
        QVERIFY(child != nullptr);
        worker.rest();
        QVERIFY(endsSoon(child));
        QVERIFY(pidOf(worker) != 0);
    }

    void hungWorkerIsKilledAndPauses()
    {
        Worker worker(ownProgram(), 300ms);
        const HANDLE child = open(pidOf(worker));
        QVERIFY(child != nullptr);
        QElapsedTimer timer;
        timer.start();
        const auto hung = worker.ask({"sleep"}, 500ms);
        QCOMPARE(hung.error().code, ErrorCode::TimedOut);
        QVERIFY2(timer.elapsed() >= 450 && timer.elapsed() < 5'000, qPrintable(QString::number(timer.elapsed())));
        QVERIFY(endsSoon(child));
        QCOMPARE(worker.ask({"pid"}, 20s).error().code, ErrorCode::Busy);
        QTest::qWait(350);
        QCOMPARE(worker.ask({"end"}, 20s).error().code, ErrorCode::Io); // fails again: the pause is twice as long
        QTest::qWait(350);
        QCOMPARE(worker.ask({"pid"}, 20s).error().code, ErrorCode::Busy);
        QTest::qWait(350);
        QVERIFY(pidOf(worker) != 0);
    }

    void endsWithItsParent()
    {
        QProcess parent;
        parent.start(QCoreApplication::applicationFilePath(), {QStringLiteral("parent")});
        QVERIFY(parent.waitForFinished(30'000));
        const QList<QByteArray> pids = parent.readAllStandardOutput().split('\n');
        QCOMPARE(pids.size(), 3);
        for (const QByteArray& pid : pids.first(2)) {
            QVERIFY(pid.trimmed().toULong() != 0);
            QVERIFY(endsSoon(open(pid.trimmed().toULong())));
        }
    }

    void noProgramIsNotAvailable()
    {
        Worker none{std::string()};
        QCOMPARE(none.ask({"pid"}, 1s).error().code, ErrorCode::NotAvailable);
        Worker missing("C:\\no such program.exe");
        QCOMPARE(missing.ask({"pid"}, 1s).error().code, ErrorCode::NotFound);
        QCOMPARE(missing.ask({"pid"}, 1s).error().code, ErrorCode::Busy);
    }

    void wmi()
    {
        Worker worker(ownProgram());
        const auto rows =
            worker.ask({"wmi", "ROOT\\CIMV2", "Win32_OperatingSystem", "Caption", "BuildNumber", "OSType"}, 60s);
        QVERIFY2(rows, qPrintable(QString::fromStdString(rows ? "" : rows.error().message)));
        QCOMPARE(rows->size(), std::size_t(1));
        QVERIFY(rows->at(0).at(0).value().find("Windows") != std::string::npos);
        QVERIFY(std::stoul(rows->at(0).at(1).value()) >= 10'000);
        QCOMPARE(rows->at(0).at(2), std::optional<std::string>("18"));
        const auto unknownClass = worker.ask({"wmi", "ROOT\\CIMV2", "Win32_NoSuchClass", "Name"}, 60s);
        QCOMPARE(unknownClass.error().code, ErrorCode::NotAvailable);
        const auto unknownSpace = worker.ask({"wmi", "ROOT\\NoSuchSpace", "Win32_OperatingSystem", "Caption"}, 60s);
        QCOMPARE(unknownSpace.error().code, ErrorCode::NotAvailable);
        const auto noObjects =
            worker.ask({"wmi", "ROOT\\CIMV2", "Win32_OperatingSystem WHERE BuildNumber = '1'", "Caption"}, 60s);
        QCOMPARE(noObjects.error().code, ErrorCode::NotAvailable);
        QCOMPARE(worker.ask({"wmi", "ROOT\\CIMV2"}, 60s).error().code, ErrorCode::Invalid);
    }

    /// Wine has neither an Event Log that can be asked nor Hyper-V.
    void eventsAndGuestsByIt()
    {
        Worker worker(ownProgram());
        const auto events = readEvents(worker);
        if (!events)
            QCOMPARE(events.error().code, ErrorCode::NotAvailable);
        else
            QVERIFY(events->events.size() <= 100);
        const auto guests = readGuests(worker);
        QVERIFY(guests || guests.error().code == ErrorCode::NotAvailable);
        const DWORD pid = pidOf(worker);
        QVERIFY(pid != 0);
        static_cast<void>(readGuests(worker));
        QCOMPARE(pidOf(worker), pid); // the same process answered both
        QCOMPARE(worker.ask({"events", "System"}, 20s).error().code, ErrorCode::Invalid);
        QCOMPARE(worker.ask({"events", "System", "many"}, 20s).error().code, ErrorCode::Invalid);
    }

    void temperaturesByIt()
    {
        Roots roots;
        roots.worker = ownProgram();
        TemperatureReader reader(roots);
        const auto reading = reader.read(); // Wine and virtual machines have no thermal zones
        if (!reading)
            QCOMPARE(reading.error().code, ErrorCode::NotAvailable);
        else
            QVERIFY(!reading->sensors.empty());
    }
};

int main(int argc, char** argv)
{
    const std::string_view first = argc == 2 ? argv[1] : "";
    if (first == "worker")
        return serveQuestions(verbsOfTest());
    if (first == "parent")
        return beKilledAsParent();
    QCoreApplication application(argc, argv);
    WorkerTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "worker_test.moc"
