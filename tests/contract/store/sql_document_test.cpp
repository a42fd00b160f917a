// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the queries of docs/sql.md, and looks at what the views for people say.
#include "made_batches.h"
#include "metrics/families.h"
#include "postgres_server.h"
#include "server/storage/clock.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"

#include <QCoreApplication>
#include <QFile>
#include <QRegularExpression>
#include <QTest>

#include <memory>

using namespace sextant;
using namespace sextant::server;
using testing::PostgresDatabase;

namespace {

constexpr HostId kWeb{1};
constexpr HostId kSilent{2};

QStringList queriesOf(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("cannot read %s", qPrintable(path));
    static const QRegularExpression kBlock(QStringLiteral("^```sql\\n(.*?);\\n```$"),
        QRegularExpression::MultilineOption | QRegularExpression::DotMatchesEverythingOption);
    QStringList queries;
    for (auto found = kBlock.globalMatch(QString::fromUtf8(file.readAll())); found.hasNext();)
        queries.push_back(found.next().captured(1));
    return queries;
}

metrics::Frame ownMetric(std::int64_t timeMs)
{
    metrics::Frame frame(metrics::family("custom"), timeMs, 0);
    frame.setCell(frame.addRow({"queue_depth", "queue=\"mail's\""}), 0, metrics::Value::real(12.5));
    return frame;
}

} // namespace

class SqlDocumentTest : public QObject {
    Q_OBJECT

public:
    explicit SqlDocumentTest(PostgresDatabase::Kind kind) : m_server(kind) {}

private slots:
    void initTestCase()
    {
        DatabaseOptions options;
        options.postgresUrl = m_server.url();
        auto opened = Database::open(options);
        QVERIFY(opened.has_value() && (*opened)->state().has_value());
        m_database = std::move(*opened);
        m_store = makeStore(*m_database, systemNowMs);
        addHost(kWeb, QStringLiteral("web1"));
        addHost(kSilent, QStringLiteral("old"));
        testing::MadeHost web(1);
        testing::MadeHost silent(2);
        // Up to the tick that just was; the other host fell silent five minutes ago.
        m_lastMs = systemNowMs() / 10'000 * 10'000;
        for (std::int64_t time = m_lastMs - 540'000; time <= m_lastMs; time += 10'000) {
            metrics::Batch batch = web.tick(time);
            batch.frames.push_back(ownMetric(time));
            append(kWeb, batch);
            if (time < m_lastMs - 300'000)
                append(kSilent, silent.tick(time));
        }
    }

    void everyQueryOfTheDocumentGivesRows_data()
    {
        QTest::addColumn<QString>("sql");
        const QStringList queries = queriesOf(QStringLiteral(SEXTANT_SOURCE_DIR "/docs/sql.md"));
        QVERIFY(queries.size() >= 5);
        for (qsizetype i = 0; i < queries.size(); ++i)
            QTest::addRow("query %d", static_cast<int>(i) + 1) << queries[i];
    }

    void everyQueryOfTheDocumentGivesRows()
    {
        QFETCH(const QString, sql);
        QVERIFY(one(QStringLiteral("SELECT count(*) FROM (%1) AS answer").arg(sql)).toInt() > 0);
    }

    void viewsSpeakOfHostsLabelsAndUnits()
    {
        testing::MadeHost again(1);
        metrics::Batch last;
        for (std::int64_t time = m_lastMs - 540'000; time <= m_lastMs; time += 10'000)
            last = again.tick(time);
        const auto cpu = std::ranges::find(last.frames, "cpu", [](const auto& frame) { return frame.family().name; });
        const QString when = QStringLiteral(" WHERE host = 'web1' AND time = to_timestamp(%1)").arg(m_lastMs / 1'000);
        QCOMPARE(one(QStringLiteral("SELECT usage_percent FROM sextant.cpu") + when).toDouble(),
            cpu->number(0, metrics::column("cpu", "usage_percent")).value());
        QCOMPARE(one(QStringLiteral("SELECT device FROM sextant.disk") + when +
                     QStringLiteral(" AND mount = '/data0' AND responding AND NOT remote"))
                     .toString(),
            QStringLiteral("/dev/sd0"));
        QCOMPARE(one(QStringLiteral("SELECT labels FROM sextant.custom") + when).toString(),
            QStringLiteral("queue=\"mail's\""));
        QCOMPARE(one(QStringLiteral("SELECT obj_description('sextant.memory'::regclass)")).toString(),
            QStringLiteral("Memory and swap."));
    }

    void everyFamilyHasAViewWithEveryColumn()
    {
        for (const metrics::Family& family : metrics::families()) {
            const auto count =
                one(QStringLiteral("SELECT count(*) FROM information_schema.columns WHERE table_schema = 'sextant' AND "
                                   "table_name = '%1'")
                        .arg(QString::fromUtf8(family.name.data(), static_cast<qsizetype>(family.name.size()))));
            QCOMPARE(count.toULongLong(), 2 + family.labels.size() + family.columns.size());
        }
    }

private:
    void addHost(HostId host, const QString& name)
    {
        one(QStringLiteral("INSERT INTO sextant.hosts (id, name, machine_id, os_family, os, kernel, architecture, "
                           "agent_version, enrolled_ms, certificate_not_after_ms) VALUES (%1, '%2', '', '', '', '', "
                           "'', '', 0, 0)")
                .arg(host.value)
                .arg(name));
    }

    void append(HostId host, const metrics::Batch& batch)
    {
        const HostBatch mine{host, &batch};
        const auto outcomes = m_store->append({&mine, 1}, {});
        QVERIFY2(outcomes.has_value(), outcomes ? "" : outcomes.error().message.c_str());
    }

    QVariant one(const QString& sql) { return m_server.run(sql); }

    const PostgresDatabase m_server;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<SqlStore> m_store;
    std::int64_t m_lastMs = 0;
};

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    SqlDocumentTest plain(PostgresDatabase::Kind::Plain);
    SqlDocumentTest timescale(PostgresDatabase::Kind::Timescale);
    return QTest::qExec(&plain, argc, argv) + QTest::qExec(&timescale, argc, argv);
}

#include "sql_document_test.moc"
