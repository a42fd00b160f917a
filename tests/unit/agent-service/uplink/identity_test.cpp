// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/support/test_pki.h"
#include "agent-service/uplink/identity.h"
#include "process/machine_secret.h"
#include "process/private_files.h"

#include <QTemporaryDir>
#include <QTest>

using namespace sextant;
using namespace sextant::agent;
using namespace sextant::agent::test;

/// An identity in a folder of its own.
class IdentityTest : public QObject {
    Q_OBJECT

    Issued m_authority = issue({"Test CA", "", true});
    Issued m_client = issue({"host 7", ""}, &m_authority);
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<IdentityStore> m_store;
    std::string m_keyFile;

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        const std::string folder = m_folder->filePath(QStringLiteral("state")).toStdString();
        m_store = std::make_unique<IdentityStore>(folder);
        const auto name = m_store->createKeyFile(m_client.keyPem.toStdString());
        QVERIFY(name);
        m_keyFile = folder + '/' + *name;
        QVERIFY(m_store->commit({"https://server:7443", 7, 0, m_client.certificatePem.toStdString(),
            m_authority.certificatePem.toStdString(), *name}));
    }

    void theKeyIsProtectedInItsFile()
    {
        const auto kept = process::readPrivateFile(m_keyFile);
        QVERIFY(kept);
        QVERIFY(!process::isUnprotected(*kept));
        const auto identity = m_store->load();
        QVERIFY2(identity, identity ? "" : identity.error().message.c_str());
        QCOMPARE(identity->key, m_client.key());
        QVERIFY(m_store->protectKey(*identity));
        QCOMPARE(process::readPrivateFile(m_keyFile).value_or("?"), *kept); // it was
    }

    void theKeyOfAnOlderVersionIsReadAndThenProtected()
    {
        QVERIFY(process::replacePrivateFile(m_keyFile, m_client.keyPem.toStdString()));
        const auto before = m_store->load();
        QVERIFY2(before, before ? "" : before.error().message.c_str());
        QVERIFY(m_store->protectKey(*before));
        QVERIFY(!process::isUnprotected(process::readPrivateFile(m_keyFile).value_or("")));
        const auto after = m_store->load();
        QVERIFY2(after, after ? "" : after.error().message.c_str());
        QCOMPARE(after->key, m_client.key());
    }

    void aKeyThatCannotBeReadIsSaidWithItsFile()
    {
        const std::string kept = process::readPrivateFile(m_keyFile).value_or("");
        QVERIFY(process::replacePrivateFile(m_keyFile, kept.substr(0, kept.size() / 2)));
        const auto identity = m_store->load();
        QVERIFY(!identity);
        QCOMPARE(identity.error().code, ErrorCode::Malformed);
        QVERIFY(identity.error().message.starts_with(m_keyFile + ": "));
        QVERIFY(identity.error().message.ends_with("; enrol again with --force"));
    }
};

QTEST_GUILESS_MAIN(IdentityTest)
#include "identity_test.moc"
