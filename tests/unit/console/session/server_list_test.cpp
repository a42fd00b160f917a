// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/session/certificate_pin.h"
#include "console/session/server_list.h"

#include <QSettings>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

using namespace sextant::console;

class ServerListTest : public QObject {
    Q_OBJECT

private slots:
    void addressesAreRead_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("url");
        QTest::newRow("name") << " fleet.example "
                              << "https://fleet.example:7443";
        QTest::newRow("port") << "fleet.example:8443"
                              << "https://fleet.example:8443";
        QTest::newRow("whole") << "https://10.0.0.1:8443/"
                               << "https://10.0.0.1:8443";
        QTest::newRow("ipv6") << "[::1]:8443"
                              << "https://[::1]:8443";
        QTest::newRow("empty") << ""
                               << "";
        QTest::newRow("plain http") << "http://fleet.example"
                                    << "";
        QTest::newRow("path") << "https://fleet.example/x"
                              << "";
        QTest::newRow("user") << "https://me@fleet.example"
                              << "";
        QTest::newRow("nonsense") << "a b c"
                                  << "";
    }
    void addressesAreRead()
    {
        QFETCH(QString, text);
        QFETCH(QString, url);
        const auto parsed = parseServerAddress(text);
        QCOMPARE(parsed ? parsed->toString() : QString(), url);
        QVERIFY(parsed || !parsed.error().message.empty());
    }

    void serversSurviveARestartWithoutSecrets()
    {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("settings.ini"));
        {
            QSettings settings(file, QSettings::IniFormat);
            ServerList list(settings);
            ServerProfile first = list.findOrMake(QUrl(QStringLiteral("https://a:1")));
            first.authority = QByteArray("\x01\x02", 2);
            first.userName = QStringLiteral("admin");
            list.store(first);
            list.store(list.findOrMake(QUrl(QStringLiteral("https://b:2"))));
            list.store(*list.find(QUrl(QStringLiteral("https://a:1"))));
        }
        QSettings settings(file, QSettings::IniFormat);
        ServerList list(settings);
        QCOMPARE(list.servers().size(), 2);
        QCOMPARE(list.servers()[0].url, QUrl(QStringLiteral("https://a:1")));
        QCOMPARE(list.servers()[0].authority, QByteArray("\x01\x02", 2));
        list.remove(list.servers()[0].id);
        QCOMPARE(list.servers().size(), 1);
        QCOMPARE(list.servers()[0].url, QUrl(QStringLiteral("https://b:2")));
    }

    void fingerprintsAreReadAndShown()
    {
        const QByteArray bytes = QByteArray::fromHex(QByteArray("3fa211c0").repeated(8));
        QCOMPARE(groupedHex(bytes).left(19), QStringLiteral("3fa2 11c0 3fa2 11c0"));
        QCOMPARE(*parseFingerprint(groupedHex(bytes)), bytes);
        QCOMPARE(*parseFingerprint(QStringLiteral("SHA256:") + QString::fromLatin1(bytes.toHex(':'))), bytes);
        QVERIFY(!parseFingerprint(QStringLiteral("3fa2")));
        QVERIFY(!parseFingerprint(groupedHex(bytes) + QStringLiteral("zz")));
    }

    void aPinIsJudged()
    {
        QCOMPARE(judge({}, "a"), PinVerdict::FirstUse);
        QCOMPARE(judge("a", "a"), PinVerdict::Same);
        QCOMPARE(judge("a", "b"), PinVerdict::Changed);
        QVERIFY(!authorityOf({}));
    }
};

QTEST_GUILESS_MAIN(ServerListTest)
#include "server_list_test.moc"
