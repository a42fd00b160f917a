// SPDX-License-Identifier: GPL-3.0-or-later
// Every past version of the schema upgrades to the present one, and gives back every sample that it held.
#include "kept_database.h"
#include "server/hosts/host_registry.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "server/storage/migrations.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace sextant;
using namespace sextant::server;
using namespace sextant::testing;

namespace {

QDir keptFolder()
{
    return QDir(QStringLiteral(SEXTANT_SOURCE_DIR "/tests/fixtures/databases"));
}

QByteArray kept(const QString& file)
{
    QFile text(keptFolder().filePath(file));
    return text.open(QIODevice::ReadOnly) ? text.readAll() : QByteArray();
}

std::int64_t now()
{
    return kKeptEndMs;
}

} // namespace

class UpgradeTest : public QObject {
    Q_OBJECT

private slots:
    void keptVersionsAreWhole();
    void everySampleIsReadable_data() { versions(); }
    void everySampleIsReadable();
    void hostsAreKept_data() { versions(); }
    void hostsAreKept();

private:
    static void versions()
    {
        QTest::addColumn<QString>("version");
        for (const QString& file : keptFolder().entryList({QStringLiteral("*.sql")}, QDir::Files, QDir::Name))
            QTest::newRow(qPrintable(file)) << file.section(u'.', 0, 0);
    }
};

void UpgradeTest::keptVersionsAreWhole()
{
    const auto migrations = embeddedMigrations();
    QVERIFY(migrations.has_value());
    QStringList names = keptFolder().entryList({QStringLiteral("*.sql")}, QDir::Files, QDir::Name);
    for (const char* version :
        {"0002.sql", "0005.sql", "0006.sql", "0007.sql"}) // of those that people may have, none goes
        QVERIFY2(names.contains(QLatin1String(version)), version);
    // What is being worked on may be one migration ahead of it.
    QVERIFY2(names.back().section(u'.', 0, 0).toInt() >= migrations->back().number - 1,
        "keep a database of the schema before the newest: docs/development.md");
    for (QString& name : names) {
        QVERIFY2(name.section(u'.', 0, 0).toInt() <= migrations->back().number, qPrintable(name));
        QVERIFY2(
            keptFolder().exists(name.replace(QStringLiteral(".sql"), QStringLiteral(".samples"))), qPrintable(name));
    }
}

void UpgradeTest::everySampleIsReadable()
{
    QFETCH(QString, version);
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("sextant.db"));
    const auto made = makeSqlite(path, kept(version + QStringLiteral(".sql")));
    QVERIFY2(made.has_value(), made ? "" : made.error().message.c_str());
    const QByteArray expected = kept(version + QStringLiteral(".samples"));
    QVERIFY(expected.count('\n') > 50);
    for (int start = 0; start < 2; ++start) { // the second one finds everything done
        const auto database = Database::open({.path = path});
        QVERIFY2(database.has_value(), database ? "" : database.error().message.c_str());
        const auto store = makeStore(**database, now);
        const auto samples = samplesOf(*store);
        QVERIFY2(samples.has_value(), samples ? "" : samples.error().message.c_str());
        const QByteArrayList got = samples->split('\n');
        const QByteArrayList wanted = expected.split('\n');
        for (qsizetype i = 0; i < std::min(got.size(), wanted.size()); ++i)
            QCOMPARE(got[i], wanted[i]);
        QCOMPARE(got.size(), wanted.size());
    }
}

void UpgradeTest::hostsAreKept()
{
    QFETCH(QString, version);
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("sextant.db"));
    QVERIFY(makeSqlite(path, kept(version + QStringLiteral(".sql"))).has_value());
    const auto database = Database::open({.path = path});
    QVERIFY(database.has_value());
    HostRegistry hosts(**database, now);
    QVERIFY(hosts.load().has_value());
    const auto list = hosts.list();
    QCOMPARE(list->size(), static_cast<std::size_t>(kKeptHosts));
    QCOMPARE(list->front().description.name, QStringLiteral("kept1"));
    QCOMPARE(hosts.hostForCertificate(QByteArray(32, '\2')), std::optional(HostId{2}));
    const auto states = makeStore(**database, now)->hostStates();
    QVERIFY(states.has_value());
    QCOMPARE(states->size(), static_cast<std::size_t>(kKeptHosts));
    QCOMPARE((*states)[1].state.lastSeenMs, std::optional<std::int64_t>(kKeptStartMs + 90 * 60'000));
    QVERIFY((*states)[1].state.tags.empty());
}

QTEST_GUILESS_MAIN(UpgradeTest)
#include "upgrade_test.moc"
