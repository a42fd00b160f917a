// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/hosts/host_registry.h"
#include "server/storage/database.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

using namespace sextant;
using namespace sextant::server;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000;

HostDescription described(const char* name)
{
    return {QString::fromLatin1(name), QStringLiteral("machine"), QStringLiteral("linux"), QStringLiteral("Debian"),
        QStringLiteral("6.1"), QStringLiteral("x86_64"), QStringLiteral("0.1.0")};
}

HostCertificate certificate(char letter)
{
    return {QByteArray(32, letter), kNow + 1'000};
}

HostRegistry::Certify certify(char letter)
{
    return [letter](QSqlDatabase&, HostId) -> Result<HostCertificate> { return certificate(letter); };
}

} // namespace

class HostRegistryTest : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void enrolsAHost();
    void undoesAHostWhoseCertificateCannotBeMade();
    void forgetsARemovedHostAtOnce();
    void neverUsesANumberAgain();
    void replacesACertificate();
    void takesWhatAHostIsNow();
    void noticesWhatAnotherProcessDid();
    void keepsHostsAcrossARestart();
    void listsByNameAndShowsChanges();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<HostRegistry> m_registry;
};

void HostRegistryTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    auto opened = Database::open({.path = m_folder->filePath(QStringLiteral("test.db"))});
    QVERIFY(opened.has_value());
    m_database = std::move(*opened);
    m_registry = std::make_unique<HostRegistry>(*m_database, [] { return kNow; });
    QVERIFY(m_registry->load().has_value());
}

void HostRegistryTest::cleanup()
{
    m_registry.reset();
    m_database.reset();
    m_folder.reset();
}

void HostRegistryTest::enrolsAHost()
{
    const auto host = m_registry->enrol(described("web01"), certify('a'));
    QVERIFY(host.has_value());
    QCOMPARE(host->enrolledMs, kNow);
    QVERIFY(m_registry->hostForCertificate(QByteArray(32, 'a')) == host->id);
    QVERIFY(!m_registry->hostForCertificate(QByteArray(32, 'b')));
    QVERIFY(!m_registry->hostForCertificate(QByteArray()));
    QVERIFY(m_registry->find(host->id) == *host);
    QVERIFY(m_registry->enrol(described("db01"), certify('b')).has_value());
    const auto all = m_registry->list();
    QCOMPARE(all->size(), std::size_t{2});
    QCOMPARE((*all)[0].description.name, QStringLiteral("db01"));
    QCOMPARE((*all)[1].description, described("web01"));
}

void HostRegistryTest::undoesAHostWhoseCertificateCannotBeMade()
{
    const auto refused = m_registry->enrol(described("web01"), [](QSqlDatabase&, HostId) -> Result<HostCertificate> {
        return fail(ErrorCode::Conflict, "the token was used");
    });
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::Conflict);
    QVERIFY(m_registry->list()->empty());
    HostRegistry fresh(*m_database, [] { return kNow; });
    QVERIFY(fresh.load().has_value());
    QVERIFY(fresh.list()->empty());
    // Two hosts cannot have one certificate.
    QVERIFY(m_registry->enrol(described("a"), certify('a')).has_value());
    const auto twin = m_registry->enrol(described("b"), certify('a'));
    QVERIFY(!twin);
    QCOMPARE(twin.error().code, ErrorCode::Conflict);
    QCOMPARE(m_registry->list()->size(), std::size_t{1});
}

void HostRegistryTest::forgetsARemovedHostAtOnce()
{
    const auto host = m_registry->enrol(described("web01"), certify('a'));
    QVERIFY(host.has_value());
    QVERIFY(m_registry->remove(host->id).has_value());
    QVERIFY(!m_registry->hostForCertificate(QByteArray(32, 'a')));
    QVERIFY(!m_registry->contains(host->id));
    const auto again = m_registry->remove(host->id);
    QVERIFY(!again);
    QCOMPARE(again.error().code, ErrorCode::NotFound);
    HostRegistry fresh(*m_database, [] { return kNow; });
    QVERIFY(fresh.load().has_value());
    QVERIFY(!fresh.hostForCertificate(QByteArray(32, 'a')));
}

void HostRegistryTest::neverUsesANumberAgain()
{
    const auto first = m_registry->enrol(described("web01"), certify('a'));
    QVERIFY(m_registry->remove(first->id).has_value());
    const auto second = m_registry->enrol(described("web01"), certify('b'));
    QVERIFY(second->id > first->id);
}

void HostRegistryTest::replacesACertificate()
{
    const auto host = m_registry->enrol(described("web01"), certify('a'));
    QVERIFY(m_registry->replaceCertificate(host->id, certificate('b')).has_value());
    QVERIFY(!m_registry->hostForCertificate(QByteArray(32, 'a')));
    QVERIFY(m_registry->hostForCertificate(QByteArray(32, 'b')) == host->id);
    const auto nobody = m_registry->replaceCertificate(HostId{99}, certificate('c'));
    QVERIFY(!nobody);
    QCOMPARE(nobody.error().code, ErrorCode::NotFound);
}

void HostRegistryTest::takesWhatAHostIsNow()
{
    const auto host = m_registry->enrol(described("web01"), certify('a'));
    const auto list = m_registry->list();
    HostDescription now = described("web02");
    now.kernel = QString(); // it cannot be read any more
    now.agentVersion = QStringLiteral("0.2.0");
    QVERIFY(m_registry->describe(host->id, now).has_value());
    QCOMPARE(m_registry->find(host->id)->description, now);
    QCOMPARE(m_registry->find(host->id)->certificate, host->certificate);
    QCOMPARE(m_registry->list()->front().description, now);
    QCOMPARE(list->front().description, described("web01")); // a list is of its moment
    HostRegistry fresh(*m_database, [] { return kNow; });
    QVERIFY(fresh.load().has_value());
    QCOMPARE(fresh.find(host->id)->description, now);
    QCOMPARE(m_registry->describe(HostId{99}, now).error().code, ErrorCode::NotFound);
}

void HostRegistryTest::noticesWhatAnotherProcessDid()
{
    // The command line has a database and a registry of its own on the same file.
    auto opened = Database::open({.path = m_folder->filePath(QStringLiteral("test.db"))});
    QVERIFY(opened.has_value());
    HostRegistry other(**opened, [] { return kNow; });
    QVERIFY(other.load().has_value());
    const auto host = m_registry->enrol(described("web01"), certify('a'));
    QVERIFY(other.refresh().value());
    QVERIFY(!other.refresh().value());
    QVERIFY(other.hostForCertificate(QByteArray(32, 'a')) == host->id);
    QVERIFY(other.remove(host->id).has_value());
    QVERIFY(m_registry->hostForCertificate(QByteArray(32, 'a')).has_value());
    QVERIFY(m_registry->refresh().value());
    QVERIFY(!m_registry->hostForCertificate(QByteArray(32, 'a')));
}

void HostRegistryTest::keepsHostsAcrossARestart()
{
    const auto host = m_registry->enrol(described("wéb \"01\"; --"), certify('\xff'));
    HostRegistry fresh(*m_database, [] { return kNow; });
    QVERIFY(fresh.load().has_value());
    QVERIFY(*fresh.list() == std::vector<HostFacts>{*host});
}

void HostRegistryTest::listsByNameAndShowsChanges()
{
    const auto names = [this] {
        QStringList found;
        const HostRegistry::HostList list = m_registry->list();
        for (const HostFacts& host : *list)
            found.append(host.description.name);
        return found;
    };
    QCOMPARE(names(), QStringList());
    const auto second = m_registry->enrol(described("b"), certify('b'));
    QCOMPARE(names(), QStringList({QStringLiteral("b")}));
    const auto first = m_registry->enrol(described("a"), certify('a'));
    QCOMPARE(names(), QStringList({QStringLiteral("a"), QStringLiteral("b")}));
    const HostRegistry::HostList before = m_registry->list();
    QCOMPARE(m_registry->list().get(), before.get()); // nothing changed: the same list
    QVERIFY(m_registry->offerCertificate(first->id, {QByteArray(32, 'o'), 7}).has_value());
    QVERIFY(m_registry->list()->front().offered.has_value());
    QVERIFY(m_registry->takeOver(first->id, QByteArray(32, 'o')).has_value());
    QCOMPARE(m_registry->list()->front().certificate.notAfterMs, std::int64_t{7});
    QVERIFY(m_registry->markCloned(first->id).has_value());
    QVERIFY(m_registry->list()->front().clonedMs.has_value());
    QVERIFY(m_registry->remove(first->id).has_value());
    QCOMPARE(names(), QStringList({QStringLiteral("b")}));
    QCOMPARE(before->size(), std::size_t{2}); // what was given stays as it was
    QVERIFY(second.has_value());
}

QTEST_GUILESS_MAIN(HostRegistryTest)
#include "host_registry_test.moc"
