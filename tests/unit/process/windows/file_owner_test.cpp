// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/private_files.h"
#include "process/windows/file_owner.h"
#include "unit/process/windows/access_lists.h"

#include <QTemporaryDir>
#include <QTest>

#include <string>
#include <vector>

using namespace sextant;
using namespace sextant::process;

class FileOwnerTest : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_folder;
    [[nodiscard]] std::string path(const char* name) const
    {
        return m_folder.filePath(QString::fromUtf8(name)).toStdString();
    }

private slots:
    void whoCouldChangeTheProgramIsTrusted_data()
    {
        QTest::addColumn<QByteArray>("sid");
        QTest::addColumn<bool>("trusted");
        QTest::newRow("system") << QByteArray("S-1-5-18") << true;
        QTest::newRow("administrators") << QByteArray("S-1-5-32-544") << true;
        QTest::newRow("the server's service")
            << QByteArray("S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464") << true;
        QTest::newRow("this account") << QByteArray("S-1-5-21-1-2-3-1001") << true;
        QTest::newRow("another") << QByteArray("S-1-5-21-1-2-3-1002") << false;
        QTest::newRow("one that begins the same") << QByteArray("S-1-5-21-1-2-3-10011") << false;
        QTest::newRow("users") << QByteArray("S-1-5-32-545") << false;
        QTest::newRow("everybody") << QByteArray("S-1-1-0") << false;
        QTest::newRow("system's namesake") << QByteArray("S-1-5-180") << false;
        QTest::newRow("nobody") << QByteArray() << false;
    }
    void whoCouldChangeTheProgramIsTrusted()
    {
        QFETCH(QByteArray, sid);
        QFETCH(bool, trusted);
        QCOMPARE(isTrustedOwner(sid.toStdString(), "S-1-5-21-1-2-3-1001"), trusted);
        QVERIFY(!isTrustedOwner(sid.toStdString(), {}) || sid != "S-1-5-21-1-2-3-1001");
    }

    void theErrorSaysWhoAndWhatToDo()
    {
        PSID users = nullptr;
        QVERIFY(ConvertStringSidToSidW(L"S-1-5-32-545", &users));
        const auto refused = checkOwner(users, "C:/ProgramData\\Sextant");
        LocalFree(users);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::Denied);
        const std::string& message = refused.error().message;
        QVERIFY2(message.starts_with("C:\\ProgramData\\Sextant: belongs to "), message.c_str());
        QVERIFY2(message.find("icacls \"C:\\ProgramData\\Sextant\" /setowner *S-1-5-32-544 /t") != std::string::npos,
            message.c_str());
        QVERIFY(!checkOwner(nullptr, "C:\\x"));
    }

    void privateIsForTheSystemAndAdministrators()
    {
        const std::vector<std::string> services{"S-1-5-80-1-2-3-4-5"};
        QCOMPARE(privateAccessList(true, {}, {}), std::string("D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"));
        QCOMPARE(privateAccessList(false, "S-1-5-21-1-2-3-1001", services),
            std::string("D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;S-1-5-80-1-2-3-4-5)(A;;FA;;;S-1-5-21-1-2-3-1001)"));
        QCOMPARE(privateAccessList(false, services.front(), services),
            std::string("D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;S-1-5-80-1-2-3-4-5)"));
        PSECURITY_DESCRIPTOR descriptor = nullptr;
        QVERIFY(ConvertStringSecurityDescriptorToSecurityDescriptorW(
            wide(privateAccessList(true, {}, services)).c_str(), SDDL_REVISION_1, &descriptor, nullptr));
        SECURITY_DESCRIPTOR_CONTROL control = 0;
        DWORD revision = 0;
        PACL list = nullptr;
        BOOL present = FALSE;
        BOOL defaulted = FALSE;
        QVERIFY(GetSecurityDescriptorControl(descriptor, &control, &revision));
        QVERIFY(GetSecurityDescriptorDacl(descriptor, &present, &list, &defaulted));
        QVERIFY((control & SE_DACL_PROTECTED) != 0);
        QVERIFY(present && list && list->AceCount == 3);
        for (DWORD i = 0; i < 3; ++i) {
            void* entry = nullptr;
            QVERIFY(GetAce(list, i, &entry));
            const auto& allowed = *static_cast<const ACCESS_ALLOWED_ACE*>(entry);
            QCOMPARE(int(allowed.Header.AceType), ACCESS_ALLOWED_ACE_TYPE);
            QCOMPARE(int(allowed.Header.AceFlags), OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE);
            QCOMPARE(allowed.Mask, DWORD{FILE_ALL_ACCESS});
        }
        LocalFree(descriptor);
    }

    void whatWeMakeIsOurs()
    {
        QVERIFY(!ownSid().empty());
        QVERIFY(preparePrivateFolder(path("one")));
        QVERIFY(createPrivateFile(path("one/key"), "key"));
        for (const char* name : {"one", "one/key", "missing", "missing/too"}) {
            const auto trusted = checkOwner(path(name));
            QVERIFY2(trusted, trusted ? "" : trusted.error().message.c_str());
        }
    }

    void foldersAboveAreClosedToo()
    {
        QVERIFY(preparePrivateFolder(path("above/below")));
        QVERIFY(checkOwner(path("above")));
        if (!accessListsAreKept())
            QSKIP("Wine keeps no access list of a folder; what would be in it was not looked at");
        for (const char* name : {"above", "above/below"}) {
            const std::string list = accessListOf(path(name));
            QVERIFY2(list.starts_with("D:P") && list.find("(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)") != std::string::npos,
                list.c_str());
            QVERIFY2(list.find("BU") == std::string::npos && list.find("WD") == std::string::npos, list.c_str());
        }
    }
};

QTEST_GUILESS_MAIN(FileOwnerTest)
#include "file_owner_test.moc"
