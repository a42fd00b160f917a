// SPDX-License-Identifier: GPL-3.0-or-later
// API keys: what they hold, where they write, how they end; and the headers in which they come.
#include "server/api/credential.h"
#include "server/auth/api_keys.h"
#include "server/hosts/host_registry.h"
#include "server/hosts/overview.h"
#include "server/storage/database.h"
#include "server/storage/sql.h"

#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

using namespace sextant;
using namespace sextant::server;

namespace {

constexpr std::int64_t kStartMs = 1'767'225'600'000;

ApiKey wanted(const QString& name, bool mayRead, bool mayIngest)
{
    ApiKey key;
    key.name = name;
    key.mayRead = mayRead;
    key.mayIngest = mayIngest;
    return key;
}

http::RequestHead headWith(const std::string& name, const QByteArray& value)
{
    http::RequestHead head;
    head.headers.push_back({name, value.toStdString()});
    return head;
}

} // namespace

class ApiKeysTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_nowMs = kStartMs;
        m_database = Database::open({.path = m_folder->filePath(QStringLiteral("t.db"))}).value();
        const auto clock = [this] { return m_nowMs; };
        m_hosts = std::make_unique<HostRegistry>(*m_database, clock);
        QVERIFY(m_hosts->load().has_value());
        m_keys = std::make_unique<ApiKeys>(*m_database, *m_hosts, clock);
    }
    void cleanup()
    {
        m_keys.reset();
        m_hosts.reset();
        m_database.reset();
    }

    void aKeyIsFoundByItsWordAlone()
    {
        ApiKey ingest = wanted(QStringLiteral("telegraf"), false, true);
        ingest.labels = {{"team", "a \"b\", c"}, {"site", "nörd"}};
        const auto made = m_keys->create(ingest);
        QVERIFY(made.has_value());
        QVERIFY(made->word.startsWith("sxk_1_"));
        const auto found = m_keys->find(made->word);
        QVERIFY(found.has_value() && found->has_value());
        QCOMPARE((*found)->name, QStringLiteral("telegraf"));
        QVERIFY((*found)->mayIngest && !(*found)->mayRead);
        QVERIFY(((*found)->labels == metrics::Labels{{"site", "nörd"}, {"team", "a \"b\", c"}}));

        QByteArray other = made->word;
        other.back() = other.back() == 'A' ? 'B' : 'A';
        for (const QByteArray& wrong : {other, QByteArray(made->word).replace("sxk_1_", "sxk_2_"),
                 made->word.chopped(1), made->word + 'x', QByteArray("sxk_1_"), QByteArray("sxk_"),
                 QByteArray("sxk_x_y"), made->word.mid(6), QByteArray("sxk_1_") + QByteArray(100'000, 'x')}) {
            const auto none = m_keys->find(wrong);
            QVERIFY(none.has_value());
            QVERIFY2(!none->has_value(), wrong.left(60).constData());
        }
    }

    void theSecretIsNowhereInTheDatabase()
    {
        const auto made = m_keys->create(wanted(QStringLiteral("grafana"), true, false));
        QVERIFY(made.has_value());
        auto reader = m_database->reader();
        QSqlQuery query(*reader);
        QVERIFY(query.exec(QStringLiteral("SELECT secret_hash, name, labels FROM api_keys")));
        QVERIFY(query.next());
        QCOMPARE(query.value(0).toByteArray().size(), 32);
        for (int column = 0; column < 3; ++column)
            QVERIFY(!query.value(column).toByteArray().contains(made->word.mid(6, 10)));
    }

    void anUnboundKeyGetsASourceThatIsNoMachine()
    {
        const auto made = m_keys->create(wanted(QStringLiteral("prometheus"), false, true));
        QVERIFY(made.has_value() && made->key.host.has_value());
        const auto source = m_hosts->find(*made->key.host);
        QVERIFY(source.has_value());
        QCOMPARE(source->kind, HostKind::Source);
        QCOMPARE(source->description.name, QStringLiteral("prometheus"));
        QVERIFY(!m_hosts->hostForCertificate(QByteArray()).has_value());

        HostDescription description;
        description.name = QStringLiteral("web01");
        QVERIFY(m_hosts
                    ->enrol(description,
                        [](QSqlDatabase&, HostId) -> Result<HostCertificate> {
                            return HostCertificate{QByteArray(32, 'a'), 1};
                        })
                    .has_value());
        HostRegistry again(*m_database, [this] { return m_nowMs; });
        QVERIFY(again.load().has_value());
        QCOMPARE(again.list()->size(), std::size_t{2});
        QCOMPARE(again.find(*made->key.host)->kind, HostKind::Source);
        const Overview overview(again, [this] { return m_nowMs; });
        QStringList shown;
        overview.visitHosts(false, [&](const OverviewHost& host) { shown.append(host.description.name); });
        QCOMPARE(shown, QStringList{QStringLiteral("web01")});
    }

    void aKeyMayBeBoundToAHost()
    {
        const auto source =
            m_hosts->addSource(QStringLiteral("there"), [](QSqlDatabase&, HostId) -> Result<void> { return {}; });
        QVERIFY(source.has_value());
        ApiKey bound = wanted(QStringLiteral("app"), true, true);
        bound.host = source->id;
        const auto made = m_keys->create(bound);
        QVERIFY(made.has_value());
        QCOMPARE(made->key.host, std::optional(source->id));
        QCOMPARE(m_hosts->list()->size(), std::size_t{1});
        bound.host = HostId{4711};
        QCOMPARE(m_keys->create(bound).error().code, ErrorCode::NotFound);
    }

    void aKeyThatMustSignMayOnlyIngest()
    {
        ApiKey key = wanted(QStringLiteral("golectra"), false, true);
        QVERIFY(!(*m_keys->find(m_keys->create(key)->word))->mustSign);
        key.mustSign = true;
        QVERIFY((*m_keys->find(m_keys->create(key)->word))->mustSign);
        QVERIFY(!m_keys->list()->front().mustSign && m_keys->list()->back().mustSign);
        key.mayRead = true;
        QCOMPARE(m_keys->create(key).error().code, ErrorCode::Invalid);
        key.mayIngest = false;
        QCOMPARE(m_keys->create(key).error().code, ErrorCode::Invalid);
        QCOMPARE(m_keys->list()->size(), std::size_t{2});
    }

    void whatIsWrongIsRefused_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("mayRead");
        QTest::addColumn<bool>("mayIngest");
        QTest::addColumn<QByteArray>("labelName");
        QTest::addColumn<QByteArray>("labelValue");
        const QString good = QStringLiteral("good");
        QTest::newRow("no name") << QString() << true << false << QByteArray() << QByteArray();
        QTest::newRow("long name") << QString(101, u'x') << true << false << QByteArray() << QByteArray();
        QTest::newRow("line in name") << QStringLiteral("a\nb") << true << false << QByteArray() << QByteArray();
        QTest::newRow("no right") << good << false << false << QByteArray() << QByteArray();
        QTest::newRow("labels to read") << good << true << false << QByteArray("a") << QByteArray("b");
        QTest::newRow("no label name") << good << false << true << QByteArray("a-b") << QByteArray("b");
        QTest::newRow("metric name") << good << false << true << QByteArray("__name__") << QByteArray("b");
        QTest::newRow("empty value") << good << false << true << QByteArray("a") << QByteArray();
        QTest::newRow("no text") << good << false << true << QByteArray("a") << QByteArray("\xff");
        QTest::newRow("long value") << good << false << true << QByteArray("a") << QByteArray(257, 'x');
    }
    void whatIsWrongIsRefused()
    {
        QFETCH(QString, name);
        QFETCH(bool, mayRead);
        QFETCH(bool, mayIngest);
        QFETCH(QByteArray, labelName);
        QFETCH(QByteArray, labelValue);
        ApiKey key = wanted(name, mayRead, mayIngest);
        if (!labelName.isEmpty())
            key.labels = {{labelName.toStdString(), labelValue.toStdString()}};
        const auto made = m_keys->create(key);
        QVERIFY(!made.has_value());
        QCOMPARE(made.error().code, ErrorCode::Invalid);
        QCOMPARE(m_keys->list()->size(), std::size_t{0});
        QCOMPARE(m_hosts->list()->size(), std::size_t{0});
    }

    void aRevokedKeyEndsAtOnce()
    {
        const auto made = m_keys->create(wanted(QStringLiteral("old"), true, false));
        QVERIFY(m_keys->find(made->word)->has_value());
        QVERIFY(m_keys->revoke(made->key.id).has_value());
        QVERIFY(!m_keys->find(made->word)->has_value());
        QVERIFY(m_keys->revoke(made->key.id).has_value());
        QCOMPARE(m_keys->revoke(99).error().code, ErrorCode::NotFound);
        QVERIFY(m_keys->list()->front().revoked);
    }

    void theLastUseIsNotedSeldom()
    {
        m_nowMs = kStartMs + 61'234;
        const auto made = m_keys->create(wanted(QStringLiteral("used"), true, false));
        QVERIFY(m_keys->isDue(**m_keys->find(made->word)));
        QVERIFY(m_keys->noteUse(made->key.id).has_value());
        QCOMPARE((*m_keys->find(made->word))->lastUsedMs, std::optional<std::int64_t>(kStartMs + 60'000));
        m_nowMs = kStartMs + 60'000 + ApiKeys::kUseMs - 1;
        QVERIFY(!m_keys->isDue(**m_keys->find(made->word)));
        ++m_nowMs;
        QVERIFY(m_keys->isDue(**m_keys->find(made->word)));
    }

    void keysComeInManyHeadersSessionsInOne()
    {
        const QByteArray word = "sxk_7_secret";
        QCOMPARE(credentialOf(headWith("authorization", "Bearer " + word)), word);
        QCOMPARE(credentialOf(headWith("authorization", "bearer  " + word)), word);
        QCOMPARE(credentialOf(headWith("authorization", "Token " + word)), word);
        QCOMPARE(credentialOf(headWith("authorization", "Basic " + QByteArray("any:" + word).toBase64())), word);
        QCOMPARE(credentialOf(headWith("x-api-key", word)), word);
        QCOMPARE(credentialOf(headWith("authorization", "Bearer session")), QByteArray("session"));
        for (const QByteArray wrong :
            {"Token session", "Basic c2Vzc2lvbjpzZXNzaW9u", "sxk_7_secret", "Digest sxk_7_secret", "Bearer", ""})
            QCOMPARE(credentialOf(headWith("authorization", wrong)), QByteArray());
        QCOMPARE(credentialOf(headWith("x-api-key", "session")), QByteArray());
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::int64_t m_nowMs = 0;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<HostRegistry> m_hosts;
    std::unique_ptr<ApiKeys> m_keys;
};

QTEST_GUILESS_MAIN(ApiKeysTest)
#include "api_keys_test.moc"
