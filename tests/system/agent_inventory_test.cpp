// SPDX-License-Identifier: GPL-3.0-or-later
// What a machine says of its services and updates, from the programs that tell it by way of the real agent and the real
// server to who asks. apt is the machine's own. Where systemd does not run, a systemctl stands in for it that prints
// what the real one printed; then the agent has mounts of its own, which only root can give it.
#include "support/agent_process.h"
#include "support/https_client.h"
#include "support/server_process.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

using namespace sextant::test;

namespace {

constexpr const char* kSystemctl = "/usr/bin/systemctl";

bool systemdRuns()
{
    return QFile::exists(QStringLiteral("/run/systemd/system")); // sd_booted(3)
}

/// Gives this process a /run in which systemd has started the machine and which says that it is to be restarted.
bool enterRun(const QByteArray& systemctl)
{
    const auto write = [](const char* path, const char* text) {
        QFile file(QString::fromLatin1(path));
        return file.open(QIODevice::WriteOnly) && file.write(text) > 0;
    };
    return ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("tmpfs", "/run", "tmpfs", 0, nullptr) == 0 && ::mkdir("/run/systemd", 0755) == 0 &&
           ::mkdir("/run/systemd/system", 0755) == 0 && write("/run/reboot-required", "restart\n") &&
           write("/run/reboot-required.pkgs", "linux-image-amd64\nlibc6\n") &&
           ::mount(systemctl.constData(), kSystemctl, nullptr, MS_BIND, nullptr) == 0;
}

/// Name and new version of what apt would upgrade, and how many of these come from an archive for security.
std::pair<QStringList, int> whatAptWouldUpgrade()
{
    QProcess apt;
    apt.start(
        QStringLiteral("/usr/bin/apt-get"), {QStringLiteral("--just-print"), QStringLiteral("-o"),
                                                QStringLiteral("Debug::NoLocking=1"), QStringLiteral("dist-upgrade")});
    if (!apt.waitForFinished(120'000))
        return {};
    static const QRegularExpression line(QStringLiteral("^Inst (\\S+) \\[[^\\]]+\\] \\((\\S+) ?(.*) \\[\\w+\\]\\)"),
        QRegularExpression::MultilineOption);
    std::pair<QStringList, int> found;
    auto matches = line.globalMatch(QString::fromUtf8(apt.readAllStandardOutput()));
    while (matches.hasNext()) {
        const QRegularExpressionMatch match = matches.next();
        found.first << match.captured(1) + u' ' + match.captured(2);
        found.second += match.captured(3).contains(QLatin1String("-security")) ? 1 : 0;
    }
    found.first.sort();
    return found;
}

} // namespace

class AgentInventoryTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    ServerProcess m_server;
    AgentProcess m_agent{{QStringLiteral("--services-interval"), QStringLiteral("10s")}};
    std::unique_ptr<HttpsClient> m_client;
    bool m_hasOwnRun = false;

    [[nodiscard]] bool setClock(const QByteArray& text)
    {
        QFile file(m_folder.filePath(QStringLiteral("clock")));
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
    }
    /// A systemctl that knows two questions.
    [[nodiscard]] QByteArray standIn()
    {
        const QString path = m_folder.filePath(QStringLiteral("systemctl"));
        QFile file(path);
        const QByteArray recorded = QByteArray(SEXTANT_SOURCE_DIR "/tests/fixtures/systemd");
        const QByteArray script = "#!/bin/sh\ncase \"$1 $2 $#\" in\n\"show --no-pager 5\") exec cat '" + recorded +
                                  "/show' ;;\n\"list-unit-files --no-pager 5\") exec cat '" + recorded +
                                  "/list-unit-files' ;;\n*) echo \"not asked: $*\" >&2; exit 1 ;;\nesac\n";
        const bool made = file.open(QIODevice::WriteOnly) && file.write(script) == script.size() &&
                          file.setPermissions(QFileDevice::ReadOwner | QFileDevice::ExeOwner);
        return made ? path.toUtf8() : QByteArray();
    }
    /// The newest, also by a clock that runs ahead.
    [[nodiscard]] Answer get(const QByteArray& kind)
    {
        const QByteArray soon = QByteArray::number(QDateTime::currentMSecsSinceEpoch() + 600'000);
        return m_client->get("/api/v1/hosts/1/snapshots/" + kind + "?at=" + soon);
    }
    [[nodiscard]] QJsonObject document(const QByteArray& kind)
    {
        return get(kind).json().value(QLatin1String("document")).toObject();
    }
    static QJsonObject named(const QJsonArray& list, const QString& name)
    {
        for (const QJsonValue& one : list) {
            if (one[QLatin1String("name")] == name)
                return one.toObject();
        }
        return {};
    }

private slots:
    void initTestCase()
    {
        QVERIFY(setClock("0"));
        QVERIFY2(m_server.start(), qPrintable(m_server.error()));
        m_client = std::make_unique<HttpsClient>(m_server.url(), m_server.caPem());
        QVERIFY(m_client->logIn(QStringLiteral("admin"), m_server.adminPassword()));
        QVERIFY(m_agent.enrol(m_server));
        m_agent.setEnvironment({{QStringLiteral("LD_PRELOAD"), QStringLiteral(SEXTANT_SHIFTED_CLOCK)},
            {QStringLiteral("ASAN_OPTIONS"), QStringLiteral("verify_asan_link_order=0")},
            {QStringLiteral("SEXTANT_CLOCK_CONTROL"), m_folder.filePath(QStringLiteral("clock"))}});
        if (!systemdRuns() && ::geteuid() == 0 && QFile::exists(QString::fromLatin1(kSystemctl))) {
            const QByteArray systemctl = standIn();
            QVERIFY(!systemctl.isEmpty());
            m_hasOwnRun = true;
            m_agent.setBefore([systemctl] {
                if (!enterRun(systemctl))
                    ::_exit(99);
            });
        }
        QVERIFY(m_agent.start());
    }

    void servicesArrive()
    {
        if (!systemdRuns() && !m_hasOwnRun)
            QSKIP("systemd does not run here, and only root can let something stand in for it");
        QTRY_VERIFY2_WITH_TIMEOUT(get("services").status == 200, m_agent.log().constData(), 30'000);
        const QJsonObject services = document("services");
        QCOMPARE(services.value(QLatin1String("manager")).toString(), QStringLiteral("systemd"));
        const QJsonArray list = services.value(QLatin1String("services")).toArray();
        QCOMPARE(services.value(QLatin1String("total")).toInt(), static_cast<int>(list.size()));
        const QJsonObject journal = named(list, QStringLiteral("systemd-journald.service"));
        QCOMPARE(journal.value(QLatin1String("state")).toString(), QStringLiteral("running"));
        QVERIFY(journal.value(QLatin1String("pid")).toInt() > 0);
        QVERIFY(!journal.value(QLatin1String("program")).toString().contains(u' ')); // no arguments
        if (!m_hasOwnRun)
            return;
        QCOMPARE(list.size(), 13); // 9 in memory, 4 that only have a file
        QCOMPARE(named(list, QStringLiteral("broken.service")),
            (QJsonObject{{QStringLiteral("name"), QStringLiteral("broken.service")},
                {QStringLiteral("description"), QStringLiteral("Ends with code 3")},
                {QStringLiteral("state"), QStringLiteral("failed")},
                {QStringLiteral("stateWords"), QStringLiteral("failed (exit-code)")},
                {QStringLiteral("start"), QStringLiteral("automatic")},
                {QStringLiteral("startWord"), QStringLiteral("enabled")}, {QStringLiteral("triggered"), false},
                {QStringLiteral("restarts"), 3}, {QStringLiteral("exitCode"), 3},
                {QStringLiteral("account"), QStringLiteral("nobody")},
                {QStringLiteral("program"), QStringLiteral("/bin/sh")},
                {QStringLiteral("recovery"),
                    QJsonArray{QJsonObject{
                        {QStringLiteral("action"), QStringLiteral("restart")}, {QStringLiteral("delayMs"), 100}}}}}));
        const QJsonObject atRest = named(list, QStringLiteral("e2scrub_reap.service")); // told by its file alone
        QCOMPARE(atRest.value(QLatin1String("state")).toString(), QStringLiteral("stopped"));
        QVERIFY(!atRest.contains(QLatin1String("pid")) && !atRest.contains(QLatin1String("restarts")));
    }

    /// They are looked at five minutes after the start: the clock is set, and nobody waits.
    void updatesArrive()
    {
        if (!QFile::exists(QStringLiteral("/usr/bin/apt-get")))
            QSKIP("there is no apt here");
        QTRY_VERIFY2_WITH_TIMEOUT(m_agent.log().contains("delivering"), m_agent.log().constData(), 20'000);
        QTest::qWait(2'500); // the first ticks, by the true clock
        QCOMPARE(get("updates").status, 404);
        QVERIFY(setClock("301 301"));
        QTRY_VERIFY2_WITH_TIMEOUT(get("updates").status == 200, m_agent.log().constData(), 120'000);
        const QJsonObject updates = document("updates");
        QCOMPARE(updates.value(QLatin1String("manager")).toString(), QStringLiteral("apt"));
        if (m_hasOwnRun) {
            QCOMPARE(updates.value(QLatin1String("rebootRequired")), QJsonValue(true));
            QCOMPARE(updates.value(QLatin1String("rebootReasons")).toArray(),
                (QJsonArray{QStringLiteral("linux-image-amd64"), QStringLiteral("libc6")}));
        }
        const QDir lists(QStringLiteral("/var/lib/apt/lists"));
        if (lists.entryList({QStringLiteral("*Release")}, QDir::Files).isEmpty()) {
            QVERIFY(!updates.contains(QLatin1String("pending"))); // not known, and not none
            QSKIP("apt has no lists here: apt-get update was never run");
        }
        QStringList found;
        for (const QJsonValue& update : updates.value(QLatin1String("pending")).toArray())
            found << update[QLatin1String("name")].toString() + u' ' + update[QLatin1String("version")].toString();
        const auto [expected, security] = whatAptWouldUpgrade();
        found.sort();
        QCOMPARE(found, expected);
        QCOMPARE(updates.value(QLatin1String("total")).toInt(-1), static_cast<int>(expected.size()));
        QCOMPARE(updates.value(QLatin1String("security")).toInt(-1), security);
        const qint64 changed = updates.value(QLatin1String("listsChanged")).toInteger();
        QCOMPARE(changed / 1'000, QFileInfo(lists.path()).lastModified().toSecsSinceEpoch());
    }

    void endsInOrder()
    {
        QVERIFY2(m_agent.stop(), m_agent.log().constData());
        QVERIFY(m_server.stop());
    }
};

QTEST_GUILESS_MAIN(AgentInventoryTest)
#include "agent_inventory_test.moc"
