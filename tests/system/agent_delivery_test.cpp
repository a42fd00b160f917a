// SPDX-License-Identifier: GPL-3.0-or-later
// The real agent and the real server: the server is away, the agent is killed again and again meanwhile, and every
// collection that was on the agent's disk is found at the server afterwards, no other, and the rest is explained.
// SEXTANT_AGENT_KILLS: how often it is killed (default 6).
#include "support/https_client.h"
#include "support/server_process.h"

#include <QDateTime>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QRandomGenerator>
#include <QSet>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QtTest>

#include <csignal>

using namespace sextant::test;

namespace {

const QString kAgent = QStringLiteral(SEXTANT_BINARY_DIR "/bin/sextant-agent");

/// Whole seconds of Unix time, each standing for the collections in it.
using Seconds = QSet<qint64>;

} // namespace

class AgentDeliveryTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    ServerProcess m_server;
    std::unique_ptr<QProcess> m_agent;

    [[nodiscard]] QStringList common() const
    {
        return {QStringLiteral("--config"), m_folder.filePath(QStringLiteral("agent.toml")),
            QStringLiteral("--state-dir"), m_folder.filePath(QStringLiteral("state"))};
    }
    bool startAgent()
    {
        m_agent = std::make_unique<QProcess>();
        m_agent->setStandardErrorFile(logFile(), QIODevice::Append);
        m_agent->start(kAgent, QStringList{QStringLiteral("run"), QStringLiteral("--interval"), QStringLiteral("1s"),
                                   QStringLiteral("--spool-mode"), QStringLiteral("always"),
                                   QStringLiteral("--spool-min-free-bytes"), QStringLiteral("0")} +
                                   common());
        return m_agent->waitForStarted();
    }
    [[nodiscard]] QString logFile() const { return m_folder.filePath(QStringLiteral("agent.log")); }
    [[nodiscard]] QByteArray log() const
    {
        QFile file(logFile());
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    /// When the batches that wait in the agent's file were collected. The agent may run.
    Seconds spooled()
    {
        Seconds seconds;
        {
            QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("look"));
            database.setDatabaseName(m_folder.filePath(QStringLiteral("state/spool.db")));
            if (!database.open())
                qFatal("no spool");
            QSqlQuery query(QStringLiteral("SELECT from_ms FROM batches"), database);
            while (query.next())
                seconds.insert(query.value(0).toLongLong() / 1'000);
        }
        QSqlDatabase::removeDatabase(QStringLiteral("look"));
        return seconds;
    }

    QJsonObject get(const QByteArray& path)
    {
        HttpsClient client(m_server.url(), m_server.caPem());
        if (!client.logIn(QStringLiteral("admin"), m_server.adminPassword()))
            return {};
        return client.get(path).json();
    }
    static QByteArray range(qint64 from, qint64 to)
    {
        return "from=" + QByteArray::number(from * 1'000) + "&to=" + QByteArray::number(to * 1'000);
    }
    /// The seconds of [from, to) of which the server has a sample.
    Seconds stored(qint64 from, qint64 to)
    {
        const QJsonObject series =
            get("/api/v1/hosts/1/series?family=memory&columns=total_bytes&step=1000&agg=last&" + range(from, to));
        const QJsonArray values = series.value(QLatin1String("instances"))
                                      .toArray()
                                      .at(0)
                                      .toObject()
                                      .value(QLatin1String("columns"))
                                      .toObject()
                                      .value(QLatin1String("total_bytes"))
                                      .toObject()
                                      .value(QLatin1String("last"))
                                      .toArray();
        Seconds seconds;
        for (qsizetype i = 0; i < values.size(); ++i) {
            if (values[i].isDouble())
                seconds.insert(from + i);
        }
        return seconds;
    }

private slots:
    void everyValueOnDiskArrivesThroughKillsAndTheRestIsExplained()
    {
        QFile config(m_folder.filePath(QStringLiteral("agent.toml")));
        QVERIFY(config.open(QIODevice::WriteOnly)); // empty: the flags say it all
        QVERIFY2(m_server.start(), qPrintable(m_server.error()));
        QProcess enrol;
        enrol.setProcessChannelMode(QProcess::MergedChannels);
        enrol.start(kAgent, QStringList{QStringLiteral("enroll"), m_server.makeToken()} + common());
        QVERIFY(enrol.waitForFinished(40'000));
        QVERIFY2(enrol.exitCode() == 0, enrol.readAll().constData());
        QVERIFY(startAgent());
        QTRY_VERIFY2_WITH_TIMEOUT(log().contains("msg=delivering"), log().constData(), 20'000);
        QTest::qWait(3'000);

        m_server.kill();
        QTRY_VERIFY2_WITH_TIMEOUT(!spooled().isEmpty(), log().constData(), 20'000);
        const qint64 from = QDateTime::currentSecsSinceEpoch() + 1;
        bool set = false;
        const int wanted = qEnvironmentVariableIntValue("SEXTANT_AGENT_KILLS", &set);
        const int kills = set ? wanted : 6;
        Seconds ledger;
        for (int kill = 0; kill < kills; ++kill) {
            QTest::qWait(QRandomGenerator::global()->bounded(300, 3'000));
            m_agent->kill();
            QVERIFY(m_agent->waitForFinished());
            const Seconds now = spooled();
            QVERIFY2(now.contains(ledger), "a kill took something back");
            ledger = now;
            QVERIFY(startAgent());
        }
        QTest::qWait(2'500);
        m_agent->terminate();
        QVERIFY(m_agent->waitForFinished(15'000));
        const qint64 to = QDateTime::currentSecsSinceEpoch() + 1;
        const Seconds last = spooled();
        QVERIFY(last.contains(ledger));
        ledger.clear();
        for (const qint64 second : last) {
            if (second >= from && second < to)
                ledger.insert(second);
        }
        QVERIFY(ledger.size() >= kills);

        QTest::qWait(2'000); // so that the second of the end is not the one of the next start
        QVERIFY2(m_server.start(), qPrintable(m_server.error()));
        QVERIFY(startAgent());
        QTRY_VERIFY2_WITH_TIMEOUT(spooled().isEmpty(), log().constData(), 60'000);
        QTRY_COMPARE_WITH_TIMEOUT(stored(from, to), ledger, 15'000);

        const QJsonObject accounts = get("/api/v1/hosts/1/gaps?" + range(from - 5, to + 10));
        QByteArray causes;
        for (const QJsonValue& gap : accounts.value(QLatin1String("gaps")).toArray())
            causes += gap[QLatin1String("cause")].toString().toLatin1() + ' ' +
                      gap[QLatin1String("detail")].toString().toUtf8() + '\n';
        QVERIFY2(causes.contains("agent_stopped"), causes.constData());
        QVERIFY2(!log().contains("damaged"), log().constData());
    }

    void cleanupTestCase()
    {
        if (m_agent) {
            m_agent->kill();
            m_agent->waitForFinished();
        }
    }
};

QTEST_GUILESS_MAIN(AgentDeliveryTest)
#include "agent_delivery_test.moc"
