// SPDX-License-Identifier: GPL-3.0-or-later
// The real agent on a disk that is full, that fails or that may only be read, while the server is away and after it:
// it goes on collecting, says what is wrong once, and nothing that it collected is lost.
#include "support/agent_process.h"
#include "support/delivery_ledger.h"
#include "support/server_process.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>

using namespace sextant;
using namespace sextant::test;

namespace {

constexpr qint64 kHost = 1; // the only one

QStringList arguments()
{
    return {QStringLiteral("--spool-min-free-bytes"), QStringLiteral("0"), QStringLiteral("--log-level"),
        QStringLiteral("debug")};
}

} // namespace

class AgentDiskTest : public QObject {
    Q_OBJECT

private slots:
    void nothingIsLostWhileTheDiskFails_data();
    void nothingIsLostWhileTheDiskFails();
    void nothingIsLostWhileTheFolderIsReadOnly();

private:
    void checkNothingIsMissing(AgentProcess& agent, ServerProcess& server);
};

/// Every tick that was collected is there: those in memory, those on the disk and those that were delivered at once.
void AgentDiskTest::checkNothingIsMissing(AgentProcess& agent, ServerProcess& server)
{
    QTest::qWait(2'500); // so that it has said what is to be said
    QTRY_COMPARE_WITH_TIMEOUT(waiting(agent.spoolFile()), qint64{0}, 30'000);
    QVERIFY2(agent.stop(), agent.log().right(2'000).constData());
    const DeliveryAccount account = accountFor(server.dataDir() + QStringLiteral("/sextant.db"), kHost, {});
    QVERIFY2(account.fault.isEmpty(), qPrintable(account.fault));
    for (const Acknowledged& batch : acknowledged(agent.log()))
        QVERIFY(account.times.contains(batch.timeMs));
    const ToldGaps told = askForGaps(server, kHost, *account.times.begin(), *account.times.rbegin());
    QVERIFY2(told.fault.isEmpty(), qPrintable(told.fault));
    QVERIFY2(told.lostBatches == 0, told.text().constData());
    const QString unclear = unexplained(told, account.times, 1'000);
    QVERIFY2(unclear.isEmpty(), (unclear.toUtf8() + told.text()).constData());
    QVERIFY2(!told.has(QStringLiteral("spool_overflow")), told.text().constData());
}

void AgentDiskTest::nothingIsLostWhileTheDiskFails_data()
{
    QTest::addColumn<QByteArray>("fault");
    QTest::newRow("full") << QByteArray("write ENOSPC");
    QTest::newRow("cannot be written") << QByteArray("write EIO");
    QTest::newRow("cannot be synced") << QByteArray("fsync EIO");
    QTest::newRow("became read-only") << QByteArray("write EROFS"); // under the agent, as errors=remount-ro does
}

void AgentDiskTest::nothingIsLostWhileTheDiskFails()
{
    QFETCH(QByteArray, fault);
    const QTemporaryDir folder;
    const QString control = folder.filePath(QStringLiteral("control"));
    const auto setFault = [&](const QByteArray& text) {
        QFile file(control);
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
    };
    QVERIFY(setFault({}));
    ServerProcess server;
    QVERIFY2(server.start(), qPrintable(server.error()));
    AgentProcess agent(arguments());
    agent.setEnvironment({{QStringLiteral("LD_PRELOAD"), QStringLiteral(SEXTANT_FAULT_IO)},
        {QStringLiteral("ASAN_OPTIONS"), QStringLiteral("verify_asan_link_order=0")},
        {QStringLiteral("SEXTANT_FAULT_FOLDER"), agent.stateDir()},
        {QStringLiteral("SEXTANT_FAULT_CONTROL"), control}});
    QVERIFY(agent.enrol(server));
    QVERIFY(agent.start());
    QTRY_VERIFY_WITH_TIMEOUT(!acknowledged(agent.log()).empty(), 20'000);
    server.kill();
    QTRY_VERIFY_WITH_TIMEOUT(waiting(agent.spoolFile()) >= 2, 20'000);

    QVERIFY(setFault(fault));
    QTRY_VERIFY2_WITH_TIMEOUT(agent.log().contains("the disk cannot be used"), agent.log().constData(), 20'000);
    QTest::qWait(2'500);
    QVERIFY(agent.isRunning());
    QCOMPARE(agent.log().count("the disk cannot be used"), 1);
    QVERIFY(setFault({}));
    QVERIFY2(server.start(), qPrintable(server.error()));
    // At its end it delivers what is in memory alone; the next start finds the disk well.
    QVERIFY2(agent.stop(), agent.log().right(2'000).constData());
    QVERIFY(agent.start());
    checkNothingIsMissing(agent, server);
}

void AgentDiskTest::nothingIsLostWhileTheFolderIsReadOnly()
{
    // Mounts of this test are seen by nobody else, and go with it.
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        QSKIP(qPrintable(QStringLiteral("NO READ-ONLY FOLDER IN THIS RUN, no mount namespace: ") +
                         QString::fromLocal8Bit(std::strerror(errno))));
    ServerProcess server;
    QVERIFY2(server.start(), qPrintable(server.error()));
    AgentProcess agent(arguments());
    QVERIFY(agent.enrol(server));
    QVERIFY(agent.start());
    QTRY_VERIFY_WITH_TIMEOUT(!acknowledged(agent.log()).empty(), 20'000);
    server.kill();
    QTRY_VERIFY_WITH_TIMEOUT(waiting(agent.spoolFile()) >= 2, 20'000);
    QVERIFY(agent.stop());

    const QByteArray state = QFile::encodeName(agent.stateDir());
    QCOMPARE(::mount(state.constData(), state.constData(), nullptr, MS_BIND, nullptr), 0);
    QCOMPARE(::mount(nullptr, state.constData(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr), 0);
    QVERIFY(agent.start());
    QTRY_VERIFY2_WITH_TIMEOUT(agent.log().contains("the disk cannot be used"), agent.log().constData(), 20'000);
    QTest::qWait(2'500);
    QVERIFY2(server.start(), qPrintable(server.error()));
    const std::size_t before = acknowledged(agent.log()).size();
    QVERIFY2(agent.stop(), agent.log().right(2'000).constData());
    QVERIFY2(acknowledged(agent.log()).size() >= before + 2, agent.log().constData()); // from memory
    QCOMPARE(::umount(state.constData()), 0);
    QVERIFY(agent.start());
    checkNothingIsMissing(agent, server);
}

QTEST_GUILESS_MAIN(AgentDiskTest)
#include "agent_disk_test.moc"
