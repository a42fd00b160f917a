// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/private_files.h"
#include "process/windows/service_account.h"
#include "process/windows/wide_text.h"
#include "unit/process/windows/access_lists.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace sextant;
using namespace sextant::process;

namespace {

constexpr auto kService = "SextantServer";

} // namespace

class ServiceAccountTest : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_folder;
    [[nodiscard]] std::string path(const char* name) const
    {
        return m_folder.filePath(QString::fromUtf8(name)).toStdString();
    }

private slots:
    void theSidFollowsFromTheName()
    {
        // Microsoft's own, as every Windows shows it ("icacls" of a system file).
        QCOMPARE(serviceSid("TrustedInstaller"),
            std::string("S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"));
        QCOMPARE(serviceSid("trustedinstaller"), serviceSid("TRUSTEDINSTALLER"));
        QVERIFY(serviceSid(kService) != serviceSid("SextantAgent"));
        QCOMPARE(serviceAccount(kService), std::string("NT SERVICE\\SextantServer"));
    }

    void anEntryIsPutWhereWindowsWantsIt_data()
    {
        QTest::addColumn<QByteArray>("list");
        QTest::addColumn<QByteArray>("with");
        const auto row = [](const char* name, const char* list, const char* with) {
            QTest::newRow(name) << QByteArray(list) << QByteArray(with);
        };
        row("protected", "D:PAI(A;OICI;FA;;;SY)", "D:PARAI(NEW)(A;OICI;FA;;;SY)");
        row("inherited", "D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)", "D:ARAI(NEW)(A;ID;FA;;;SY)(A;ID;FA;;;BA)");
        row("behind what is denied", "D:AI(D;;FW;;;BG)(D;OI;FW;;;AN)(A;;FA;;;SY)(D;ID;FA;;;BG)",
            "D:ARAI(D;;FW;;;BG)(D;OI;FW;;;AN)(NEW)(A;;FA;;;SY)(D;ID;FA;;;BG)");
        row("it says already that it is to inherit", "D:ARAI(A;ID;FA;;;SY)", "D:ARAI(NEW)(A;ID;FA;;;SY)");
        row("an entry for a name with the letters", "D:P(A;;FA;;;AI)", "D:P(NEW)(A;;FA;;;AI)");
        row("all of it denied", "D:P(D;;FA;;;BG)", "D:P(D;;FA;;;BG)(NEW)");
        row("a condition", "D:P(XD;;FX;;;WD;(@User.Title==\"(A;\"))(A;;FA;;;SY)",
            "D:P(XD;;FX;;;WD;(@User.Title==\"(A;\"))(NEW)(A;;FA;;;SY)");
        row("there already", "D:P(A;;FA;;;SY)(NEW)", "D:P(A;;FA;;;SY)(NEW)");
        row("everybody may everything", "D:NO_ACCESS_CONTROL", "D:NO_ACCESS_CONTROL");
        row("nothing", "", "");
        row("cut", "D:P(", "D:P(NEW)(");
    }
    void anEntryIsPutWhereWindowsWantsIt()
    {
        QFETCH(QByteArray, list);
        QFETCH(QByteArray, with);
        QCOMPARE(QByteArray::fromStdString(accessListWith(list.toStdString(), "(NEW)")), with);
    }

    /// As an upgrade finds it, with keys of LocalSystem's that take no rights from the folder.
    void aFolderAndAllInItBecomesTheServices()
    {
        const std::string folder = path("data");
        QVERIFY(preparePrivateFolder(folder));
        QVERIFY(QDir().mkpath(m_folder.filePath(QStringLiteral("data/queues/one"))));
        const std::string key = path("data/ca.key");
        QVERIFY(createPrivateFile(key, "key"));
        QFile inherited(m_folder.filePath(QStringLiteral("data/queues/one/queue")));
        QVERIFY(inherited.open(QIODevice::WriteOnly));
        inherited.close();
        for (int i = 0; i < 2; ++i) { // again
            const auto given = letServiceOwn(folder, kService);
            QVERIFY2(given, given ? "" : given.error().message.c_str());
        }
        QCOMPARE(readPrivateFile(key).value_or("?"), std::string("key")); // it is no other who may read
        QVERIFY(preparePrivateFolder(folder));
        QVERIFY(createPrivateFile(path("data/later.key"), "key")); // by an administrator
        if (!accessListsAreKept())
            QSKIP("Wine keeps no access list of a file; what would be in it was not looked at");
        const std::string sid = serviceSid(kService);
        for (const char* file : {"data/ca.key", "data/queues/one/queue", "data/later.key"})
            QVERIFY2(accessListOf(path(file)).find(";FA;;;" + sid) != std::string::npos, file);
        QVERIFY(accessListOf(path("data/queues/one")).find("(A;OICI;FA;;;" + sid) != std::string::npos);
    }

    void aFileIsReadableByIt()
    {
        const std::string file = path("server.toml");
        QVERIFY(createPrivateFile(file, "text"));
        QVERIFY(letServiceRead(file, kService));
        QVERIFY(letServiceRead(m_folder.path().toStdString() + '/', kService)); // a folder
        QCOMPARE(readPrivateFile(file).value_or("?"), std::string("text"));
        const auto missing = letServiceRead(path("missing"), kService);
        QVERIFY(!missing);
        QCOMPARE(missing.error().code, ErrorCode::NotFound);
        QVERIFY(!letServiceOwn(path("missing"), kService));
        if (!accessListsAreKept())
            QSKIP("Wine keeps no access list of a file; what would be in it was not looked at");
        QVERIFY(accessListOf(file).find("(A;;FR;;;" + serviceSid(kService)) != std::string::npos);
    }

    void aLinkIsGivenNothing()
    {
        const std::string file = path("target");
        QVERIFY(createPrivateFile(file, "text"));
        if (!CreateHardLinkW(wide(path("link")).c_str(), wide(file).c_str(), nullptr))
            QSKIP("there are no hard links here");
        const auto given = letServiceRead(path("link"), kService);
        QVERIFY(!given);
        QCOMPARE(given.error().code, ErrorCode::Conflict);
        QVERIFY(given.error().message.find("is a link") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(ServiceAccountTest)
#include "service_account_test.moc"
