// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/config.h"
#include "server/config/retention.h"
#include "server/config/settings.h"
#include "server/config/values.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace sextant;
using namespace sextant::server;

class ConfigTest : public QObject {
    Q_OBJECT

private slots:
    void aFlagWinsOverTheEnvironmentOverTheFile()
    {
        ConfigSources sources =
            withFile("listen = \"*:1\"\ndata_dir = \"/f\"\n[log]\nlevel = \"debug\"\n[limits]\nconnections = 50\n");
        sources.environment = {{"SEXTANT_SERVER_LISTEN", "*:2"}, {"SEXTANT_SERVER_DATA_DIR", "/e"}, {"PATH", "/bin"}};
        sources.flags = {{"listen", "*:3"}};
        const auto config = loadConfig(sources);
        QVERIFY(config.has_value());
        QCOMPARE(config->listen.port, quint16{3});
        QCOMPARE(config->dataDir, QStringLiteral("/e"));
        QVERIFY(config->logLevel == logging::Level::Debug);
        QCOMPARE(config->maxConnections, std::size_t{50});
    }

    void mistakesAreNamedWithTheirPlace_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("unknown") << QByteArray("listen = \"*:1\"\n\nlisen = 1\n")
                                 << QByteArray(":3: lisen: there is no such setting");
        QTest::newRow("not TOML") << QByteArray("\n[*") << QByteArray(":2: Error while parsing key: expected");
        QTest::newRow("a letter that is no key")
            << QByteArray("\n\n\xc3\xa9 = 1\n") << QByteArray(":3: Error while parsing root table: expected");
        QTest::newRow("a letter that is no value")
            << QByteArray("listen = \xc3\xa9\n") << QByteArray(":1: Error while parsing value");
        QTest::newRow("a byte that is no letter")
            << QByteArray("listen = \"\xff\"\n") << QByteArray(":1: Encountered invalid utf-8 sequence");
        QTest::newRow("unknown in a table")
            << QByteArray("[limits]\nfoo = 1\n") << QByteArray(":2: limits.foo: there is no such setting");
        QTest::newRow("wrong value")
            << QByteArray("\nworkers = 1000\n")
            << QByteArray(":2: workers: expected a whole number from 0 (one per core) to 256, got \"1000\"");
        QTest::newRow("wrong kind") << QByteArray("listen = 1.5\n") << QByteArray(":1: listen: expected ADDRESS:PORT");
        QTest::newRow("no TOML") << QByteArray("a = 1\nb = = 2\n") << QByteArray(":2: ");
        QTest::newRow("kept too short")
            << QByteArray("[retention]\n1h = \"29d\"\n")
            << QByteArray(":2: retention.1h: expected a duration from 30d to 20y, e.g. 5y, got \"29d\"");
        QTest::newRow("kept without a unit")
            << QByteArray("[retention]\nraw = 30\n") << QByteArray(":2: retention.raw: expected a duration");
        QTest::newRow("a family that is none")
            << QByteArray("[retention.family.disks]\nraw = \"7d\"\n")
            << QByteArray(":2: retention.family.disks.raw: there is no such setting; expected "
                          "retention.family.FAMILY.raw, .5m or .1h, FAMILY one of cpu, ");
        QTest::newRow("a tier that is none") << QByteArray("[retention.family.diskio]\nminutes = \"7d\"\n")
                                             << QByteArray(":2: retention.family.diskio.minutes: there is no such");
        QTest::newRow("a family's time without a unit")
            << QByteArray("[retention.family.diskio]\nraw = \"7\"\n")
            << QByteArray(":2: retention.family.diskio.raw: expected a duration from 1h to 20y, e.g. 30d, got \"7\"");
        QTest::newRow("a family without a tier")
            << QByteArray("[retention]\nfamily = \"7d\"\n") << QByteArray(":2: retention.family: there is no such");
        QTest::newRow("a store too small")
            << QByteArray("[storage]\nmax_bytes = \"1MiB\"\n")
            << QByteArray(":2: storage.max_bytes: expected 0 (as much as the disk has) or a size from 64MiB");
        const QByteArray target = "[[remote_write]]\nname = \"a\"\nurl = \"https://b/w\"\n";
        QTest::newRow("a target without a URL")
            << QByteArray("[[remote_write]]\nname = \"a\"\n") << QByteArray(":1: remote_write.url: is missing");
        QTest::newRow("a target's setting that is none")
            << target + "usr = \"x\"\n"
            << QByteArray(":4: remote_write.usr: there is no such setting");
        QTest::newRow("a target's rule")
            << target + "deny = [{ __name__ = \"(\" }]\n"
            << QByteArray(":4: remote_write.deny: expected a list of tables of labels and regular expressions (RE2)");
        QTest::newRow("a target's empty rule") << target + "allow = [{}]\n"
                                               << QByteArray(":4: remote_write.allow: expected a list of tables");
        QTest::newRow("a target's password in the URL")
            << QByteArray("[[remote_write]]\nname = \"a\"\nurl = \"https://u:p@b/w\"\n")
            << QByteArray(":3: remote_write.url: expected http:// or https:// without a password in it");
        QTest::newRow("a target's small queue")
            << target + "queue_bytes = \"1023KiB\"\n"
            << QByteArray(":4: remote_write.queue_bytes: expected a size from 1MiB");
        QTest::newRow("a target's user alone") << target + "user = \"x\"\n"
                                               << QByteArray(":1: remote_write.user: goes together with password_file");
        QTest::newRow("a target's header") << target + "headers = { \"X-A\" = \"a\\nb\" }\n"
                                           << QByteArray(":4: remote_write.headers: expected a table of texts");
        QTest::newRow("a target's label") << target + "external_labels = { __name__ = \"x\" }\n"
                                          << QByteArray(":4: remote_write.external_labels: expected a table of labels");
        QTest::newRow("two targets of one name")
            << target + target << QByteArray(":4: remote_write.name: there are two targets \"a\"");
        QTest::newRow("one target, not in a list")
            << QByteArray("[remote_write]\nname = \"a\"\n")
            << QByteArray(":1: remote_write: expected tables [[remote_write]], at most 16");
        QTest::newRow("a password in the URL")
            << QByteArray("[database]\nurl = \"postgresql://sextant:se/s@me@db.example.org/sextant\"\n")
            << QByteArray(":2: database.url: expected postgresql://USER@HOST:PORT/DATABASE without a password (that "
                          "goes into a file, named by database.password_file), or nothing for the SQLite file in "
                          "data_dir, got \"postgresql://sextant:…@db.example.org/sextant\"");
        QTest::newRow("a password among the parameters")
            << QByteArray("[database]\nurl = \"postgresql://sextant@db/sextant?sslmode=require&password=sesame\"\n")
            << QByteArray(":2: database.url: expected");
        QTest::newRow("another database") << QByteArray("[database]\nurl = \"mysql://sextant@db/sextant\"\n")
                                          << QByteArray(":2: database.url: expected postgresql://");
        QTest::newRow("no database's name") << QByteArray("[database]\nurl = \"postgresql://sextant@db\"\n")
                                            << QByteArray(":2: database.url: expected");
        QTest::newRow("http") << QByteArray("public_url = \"http://a:1\"")
                              << QByteArray(":1: public_url: expected https://HOST:PORT");
    }
    void mistakesAreNamedWithTheirPlace()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, expected);
        const auto config = loadConfig(withFile(text));
        QVERIFY(!config.has_value());
        QVERIFY(config.error().code == ErrorCode::Invalid);
        const auto message = QByteArray::fromStdString(config.error().message);
        QVERIFY2(message.contains("server.toml" + expected), config.error().message.c_str());
        QVERIFY2(!message.contains("sesame"), config.error().message.c_str());
    }

    void theEnvironmentIsCheckedToo()
    {
        ConfigSources sources;
        sources.defaultFile.clear();
        sources.environment = {{"SEXTANT_SERVER_LISEN", "x"}};
        QCOMPARE(loadConfig(sources).error().message,
            std::string("environment: SEXTANT_SERVER_LISEN: there is no such setting"));
        sources.environment = {{"SEXTANT_SERVER_LOG_LEVEL", "loud"}};
        QCOMPARE(loadConfig(sources).error().message,
            std::string("environment: SEXTANT_SERVER_LOG_LEVEL: expected debug, info, warning or error, got \"loud\""));
        sources.environment.clear();
        sources.file = m_folder.filePath(QStringLiteral("missing.toml"));
        QVERIFY(loadConfig(sources).error().message.starts_with("cannot read "));
    }

    void theStoreIsBoundedInTimeAndSize()
    {
        constexpr std::int64_t kDayMs = 86'400'000;
        ConfigSources sources = withFile("[retention]\nraw = \"48h\"\n5m = \"90d\"\n[storage]\nmax_bytes = \"2GiB\"\n");
        sources.environment = {{"SEXTANT_SERVER_RETENTION_5M", "60d"}, {"SEXTANT_SERVER_RETENTION_1H", "2y"}};
        const auto config = loadConfig(sources);
        QVERIFY2(config.has_value(), config ? "" : config.error().message.c_str());
        QCOMPARE(config->rawKeptMs, 2 * kDayMs);
        QCOMPARE(config->fiveMinutesKeptMs, 60 * kDayMs);
        QCOMPARE(config->hoursKeptMs, 730 * kDayMs);
        QCOMPARE(config->storeMaxBytes, std::int64_t{2} << 30);
    }

    void aFamilyHasItsOwnTimes()
    {
        constexpr std::int64_t kDayMs = 86'400'000;
        ConfigSources sources =
            withFile("[retention]\nraw = \"14d\"\nfamily.diskio.5m = \"60d\"\n[retention.family.cpu_core]\nraw = "
                     "\"7d\"\n");
        sources.environment = {{"SEXTANT_SERVER_RETENTION_FAMILY_DISKIO_RAW", "36h"}};
        const auto config = loadConfig(sources);
        QVERIFY2(config.has_value(), config ? "" : config.error().message.c_str());
        using Times = std::array<std::int64_t, 3>;
        QCOMPARE(config->familiesKeptMs.size(), std::size_t{2});
        QVERIFY((keptMsOf(*config, "memory") == Times{14 * kDayMs, 180 * kDayMs, 1'825 * kDayMs}));
        QVERIFY((keptMsOf(*config, "diskio") == Times{kDayMs * 3 / 2, 60 * kDayMs, 1'825 * kDayMs}));
        QVERIFY((keptMsOf(*config, "cpu_core") == Times{7 * kDayMs, 180 * kDayMs, 1'825 * kDayMs}));
    }

    void coarserSamplesStayAtLeastAsLong_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("all") << QByteArray("[retention]\n5m = \"36h\"\n")
                             << QByteArray("retention.raw (30d) is longer than retention.5m (36h)");
        QTest::newRow("hours") << QByteArray("[retention]\n5m = \"1y\"\n1h = \"90d\"\n")
                               << QByteArray("retention.5m (1y) is longer than retention.1h (90d)");
        QTest::newRow("one family") << QByteArray("[retention.family.diskio]\nraw = \"60d\"\n5m = \"50d\"\n")
                                    << QByteArray("retention.family.diskio.raw (60d) is longer than "
                                                  "retention.family.diskio.5m (50d)");
        QTest::newRow("a family and all")
            << QByteArray("[retention.family.diskio]\nraw = \"200d\"\n")
            << QByteArray("retention.family.diskio.raw (200d) is longer than retention.5m (180d)");
    }
    void coarserSamplesStayAtLeastAsLong()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, expected);
        const auto config = loadConfig(withFile(text));
        QVERIFY(!config.has_value());
        QCOMPARE(QByteArray::fromStdString(config.error().message),
            expected + ": expected the coarser to be kept at least as long as the finer");
        QVERIFY(config.error().code == ErrorCode::Invalid);
    }
    void equalTimesAreFine()
    {
        const auto config = loadConfig(withFile("[retention]\nraw = \"30d\"\n5m = \"30d\"\n1h = \"30d\"\n"));
        QVERIFY2(config.has_value(), config ? "" : config.error().message.c_str());
    }

    void howMuchAHostMayHave()
    {
        const auto config = loadConfig(withFile("[retention]\nsnapshots = \"7d\"\n[limits]\ninstances_per_family = "
                                                "100\ninstances_per_host = 500\n"));
        QVERIFY2(config.has_value(), config ? "" : config.error().message.c_str());
        QCOMPARE(config->snapshotsKeptMs, std::int64_t{7} * 86'400'000);
        QCOMPARE(config->instancesPerFamily, std::size_t{100});
        QCOMPARE(config->instancesPerHost, std::size_t{500});
    }

    void durationsAndSizes()
    {
        QCOMPARE(parseDuration(QStringLiteral("90s")).value(), std::int64_t{90'000});
        QCOMPARE(parseDuration(QStringLiteral("1y")).value(), 365 * std::int64_t{86'400'000});
        QCOMPARE(parseBytes(QStringLiteral("65536")).value(), std::int64_t{65'536});
        QCOMPARE(parseBytes(QStringLiteral("3TiB")).value(), std::int64_t{3} << 40);
        for (const char* bad : {"", "30", "d", "-1d", "1.5d", "1D", "1 d", "9223372036854775807d"})
            QVERIFY2(!parseDuration(QString::fromLatin1(bad)), bad);
        for (const char* bad : {"", "MiB", "-1", "1MB", "1.5GiB", "9223372036854775807KiB", "9223372036854775808"})
            QVERIFY2(!parseBytes(QString::fromLatin1(bad)), bad);
    }

    void listenAddresses()
    {
        QCOMPARE(parseListen(QStringLiteral("*:7443"))->address, QStringLiteral("*"));
        QCOMPARE(parseListen(QStringLiteral("[::1]:0"))->address, QStringLiteral("::1"));
        QCOMPARE(parseListen(QStringLiteral("localhost:1"))->address, QStringLiteral("127.0.0.1"));
        for (const char* bad : {"", "7443", ":7443", "*:", "*:70000", "::1:7443", "[127.0.0.1]:1", "web01:1", "*:-1"})
            QVERIFY2(!parseListen(QString::fromLatin1(bad)), bad);
    }

    void readsTargetsOfRemoteWrite()
    {
        // As the default file shows them.
        QFile file(QStringLiteral(SEXTANT_SOURCE_DIR "/resources/server.toml"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QByteArray text = file.readAll();
        text = text.mid(text.indexOf("# [[remote_write]]"));
        const auto config = loadConfig(withFile(text.replace("\n# ", "\n").mid(2)));
        QVERIFY2(config.has_value(), config ? "" : config.error().message.c_str());
        QCOMPARE(config->remoteWrite.size(), std::size_t{1});
        const RemoteWriteTarget& target = config->remoteWrite.front();
        QCOMPARE(target.name, std::string("mimir"));
        QCOMPARE(target.url, std::string("https://mimir.example.org/api/v1/push"));
        QCOMPARE(target.caFile, std::string("/etc/sextant/mimir-ca.pem"));
        QCOMPARE(target.bearerTokenFile, std::string("/etc/sextant/mimir.token"));
        QCOMPARE(target.headers.front().second, std::string("fleet"));
        QCOMPARE(target.allow.size(), std::size_t{2});
        QVERIFY(target.allow[0][0].matches("system_cpu_load1"));
        QVERIFY(!target.allow[0][0].matches("my_system_cpu"));
        QCOMPARE(target.deny.size(), std::size_t{1});
        QCOMPARE(target.externalLabels, (metrics::Labels{{"site", "north"}}));
        QCOMPARE(target.queueBytes, std::int64_t{1} << 30);
        QCOMPARE(target.timeout.count(), std::int64_t{30'000});
    }

    void theDefaultFileNamesEverySetting()
    {
        QFile file(QStringLiteral(SEXTANT_SOURCE_DIR "/resources/server.toml"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QByteArray text = file.readAll(); // with Linux's folder
        text.replace("\"/var/lib/sextant-server\"", "'" + Config().dataDir.toUtf8() + "'");
        for (const Setting& setting : settings()) {
            if (setting.key.starts_with("retention.family."))
                continue; // one stands for all, below
            const std::string key = setting.key.substr(setting.key.find('.') + 1);
            QVERIFY2(text.contains("#" + QByteArray::fromStdString(key) + " = "), key.c_str());
        }
        const auto example = loadConfig(withFile(QByteArray(text).replace("# family.", "family.")));
        QVERIFY2(example.has_value(), example ? "" : example.error().message.c_str());
        QVERIFY(!example->familiesKeptMs.empty());
        // Uncommented, it is what holds without a file.
        QByteArray live;
        for (const QByteArray& line : text.split('\n'))
            live +=
                (line.startsWith('#') && line.contains(" = ") && !line.startsWith("# ") ? line.mid(1) : line) + '\n';
        const auto config = loadConfig(withFile(live));
        QVERIFY2(config.has_value(), config ? "" : config.error().message.c_str());
        const Config defaults;
        QCOMPARE(config->dataDir, defaults.dataDir);
        QCOMPARE(config->databaseUrl, defaults.databaseUrl);
        QCOMPARE(config->databasePasswordFile, defaults.databasePasswordFile);
        QCOMPARE(config->listen.port, defaults.listen.port);
        QCOMPARE(config->maxConnections, defaults.maxConnections);
        QCOMPARE(config->maxConnectionsPerAddress, defaults.maxConnectionsPerAddress);
        QCOMPARE(config->agentCertificateDays, defaults.agentCertificateDays);
        QCOMPARE(config->ingestQueueMiB, defaults.ingestQueueMiB);
        QCOMPARE(config->maintenanceSeconds, defaults.maintenanceSeconds);
        QCOMPARE(config->workers, defaults.workers);
        QCOMPARE(config->rawKeptMs, defaults.rawKeptMs);
        QCOMPARE(config->fiveMinutesKeptMs, defaults.fiveMinutesKeptMs);
        QCOMPARE(config->hoursKeptMs, defaults.hoursKeptMs);
        QCOMPARE(config->storeMaxBytes, defaults.storeMaxBytes);
    }

private:
    ConfigSources withFile(const QByteArray& text)
    {
        ConfigSources sources;
        sources.file = m_folder.filePath(QStringLiteral("server.toml"));
        QFile file(sources.file);
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qWarning("cannot write the test's file");
        return sources;
    }

    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(ConfigTest)
#include "config_test.moc"
