// SPDX-License-Identifier: GPL-3.0-or-later
// The real agent reaches the real server through a real HTTP proxy (Debian's tinyproxy, unpacked by scripts/peer) that
// asks for a password, and not past it.
#include "support/agent_process.h"
#include "support/plain_http.h"
#include "support/server_process.h"

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace sextant;
using namespace sextant::test;

class AgentProxyTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void cleanupTestCase();

    void deliversThroughIt();
    void saysWhatTheProxyWants_data();
    void saysWhatTheProxyWants();

private:
    [[nodiscard]] QString url(const char* password, quint16 port) const
    {
        return QStringLiteral("http://ops:%1@127.0.0.1:%2").arg(QLatin1String(password)).arg(port);
    }
    [[nodiscard]] QByteArray proxyLog() const;

    QTemporaryDir m_folder;
    QProcess m_proxy;
    quint16 m_port = 0;
    ServerProcess m_server;
};

void AgentProxyTest::initTestCase()
{
    QProcess peer;
    peer.start(QStringLiteral(SEXTANT_SOURCE_DIR "/scripts/peer"), {QStringLiteral("tinyproxy-bin")});
    QVERIFY(peer.waitForFinished(60'000));
    if (peer.exitCode() == 77)
        QSKIP(peer.readAllStandardError().constData());
    QCOMPARE(peer.exitCode(), 0);
    m_port = freePort();
    QFile config(m_folder.filePath(QStringLiteral("tinyproxy.conf")));
    QVERIFY(config.open(QIODevice::WriteOnly));
    config.write("Listen 127.0.0.1\nPort " + QByteArray::number(m_port) +
                 "\nBasicAuth ops secret\nLogLevel Connect\nLogFile \"" +
                 m_folder.filePath(QStringLiteral("log")).toUtf8() + "\"\n");
    config.close();
    m_proxy.start(QString::fromUtf8(peer.readAllStandardOutput()).trimmed() + QStringLiteral("/tinyproxy"),
        {QStringLiteral("-d"), QStringLiteral("-c"), config.fileName()});
    QVERIFY(m_proxy.waitForStarted());
    QVERIFY2(m_server.start(), qPrintable(m_server.error()));
}

void AgentProxyTest::cleanupTestCase()
{
    m_proxy.kill();
    m_proxy.waitForFinished(10'000);
}

QByteArray AgentProxyTest::proxyLog() const
{
    QFile file(m_folder.filePath(QStringLiteral("log")));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void AgentProxyTest::deliversThroughIt()
{
    AgentProcess agent(
        {QStringLiteral("--proxy"), url("secret", m_port), QStringLiteral("--log-level"), QStringLiteral("debug")});
    const auto [code, said] = agent.command(
        {QStringLiteral("enroll"), m_server.makeToken(), QStringLiteral("--proxy"), url("secret", m_port)});
    QVERIFY2(code == 0, said.constData());
    QVERIFY2(proxyLog().contains("CONNECT 127.0.0.1:"), proxyLog().constData());
    const auto before = proxyLog().count("CONNECT 127.0.0.1:");
    QVERIFY(agent.start());
    QTRY_VERIFY2_WITH_TIMEOUT(agent.log().count("acknowledged") >= 2, agent.log().constData(), 20'000);
    // An enrolment makes two connections; the agent one for all that it has to say.
    QCOMPARE(proxyLog().count("CONNECT 127.0.0.1:") - before, before / 2);
    QVERIFY(agent.stop());
    QVERIFY2(!agent.log().contains("secret"), agent.log().constData());
}

void AgentProxyTest::saysWhatTheProxyWants_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QByteArray>("sentence");
    const QString port = QString::number(m_port);
    QTest::newRow("no password") << QStringLiteral("http://127.0.0.1:") + port
                                 << QByteArray("the proxy asks for a user and a password");
    // tinyproxy answers that with 401, which says little more than no
    QTest::newRow("wrong password") << url("guess", m_port) << QByteArray("the proxy does not let it through");
    QTest::newRow("no proxy there") << url("secret", 1)
                                    << QByteArray("the proxy does not let it through: Proxy connection refused");
}

void AgentProxyTest::saysWhatTheProxyWants()
{
    QFETCH(QString, url);
    QFETCH(QByteArray, sentence);
    AgentProcess agent;
    const auto [code, said] =
        agent.command({QStringLiteral("enroll"), m_server.makeToken(), QStringLiteral("--proxy"), url});
    QCOMPARE(code, 4);
    QVERIFY2(said.contains(sentence), said.constData());
}

QTEST_GUILESS_MAIN(AgentProxyTest)
#include "agent_proxy_test.moc"
