// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/service/notifier.h"

#include <QTemporaryDir>
#include <QTest>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>

using namespace sextant::agent;

class NotifierTest : public QObject {
    Q_OBJECT
private slots:
    void reachesTheSocketThatItWasGiven()
    {
        const QTemporaryDir folder;
        const std::string path = folder.filePath(QStringLiteral("notify")).toStdString();
        const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::ranges::copy(path, address.sun_path);
        QCOMPARE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
        QVERIFY(Notifier(path).send("READY=1\nSTATUS=collecting"));
        std::array<char, 100> bytes{};
        const ssize_t size = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
        QCOMPARE(QByteArray(bytes.data(), std::max<ssize_t>(size, 0)), QByteArray("READY=1\nSTATUS=collecting"));
        ::close(socket);
    }

    void withoutASocketNothingHappens()
    {
        QVERIFY(!Notifier("").send("READY=1"));
        QVERIFY(!Notifier("/nowhere/at/all").send("READY=1"));
        QVERIFY(!Notifier(std::string(200, 'x')).send("READY=1"));
    }

    void halfOfTheWatchdogsTime()
    {
        qunsetenv("WATCHDOG_USEC");
        QVERIFY(!Notifier::watchdogInterval());
        qputenv("WATCHDOG_USEC", "60000000");
        QCOMPARE(Notifier::watchdogInterval(), std::optional(std::chrono::milliseconds(30'000)));
        qputenv("WATCHDOG_USEC", "soon");
        QVERIFY(!Notifier::watchdogInterval());
        qunsetenv("WATCHDOG_USEC");
    }
};

QTEST_GUILESS_MAIN(NotifierTest)
#include "notifier_test.moc"
