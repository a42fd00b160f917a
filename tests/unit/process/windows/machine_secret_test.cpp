// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/machine_secret.h"

#include <QTest>

using namespace sextant;
using namespace sextant::process;

class MachineSecretTest : public QObject {
    Q_OBJECT
private slots:
    void comesBackAsItWas_data()
    {
        QTest::addColumn<QByteArray>("secret");
        QTest::newRow("text") << QByteArray("-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n");
        QTest::newRow("bytes") << QByteArray("a\0b\r\n\xff", 6);
        QTest::newRow("one letter") << QByteArray("x");
        QTest::newRow("long") << QByteArray(100'000, 'k');
    }
    void comesBackAsItWas()
    {
        QFETCH(QByteArray, secret);
        const auto kept = protectForMachine(secret.toStdString());
        QVERIFY2(kept, kept ? "" : kept.error().message.c_str());
        QVERIFY(!isUnprotected(*kept));
        QVERIFY(secret.size() < 2 || !QByteArray::fromStdString(*kept).contains(secret));
        QCOMPARE(unprotect(*kept).value_or("?"), secret.toStdString());
    }

    void whatWasNotProtectedIsGivenBack()
    {
        const std::string old = "-----BEGIN PRIVATE KEY-----\n";
        QVERIFY(isUnprotected(old));
        QCOMPARE(unprotect(old).value_or("?"), old);
    }

    /// Windows answers the same to what another machine made; here there is one machine only.
    void whatCannotBeReadIsSaidInOneSentence()
    {
        std::string changed = protectForMachine("a secret").value_or("");
        QVERIFY(changed.size() > 100);
        char& letter = changed[changed.size() - 10]; // of the sum over it
        letter = letter == 'A' ? 'B' : 'A';
        for (const std::string& kept :
            {changed, changed.substr(0, 60), std::string("windows-dpapi:"), std::string("windows-dpapi:%%")}) {
            const auto secret = unprotect(kept);
            QVERIFY2(!secret, kept.c_str());
            QCOMPARE(secret.error().code, ErrorCode::Denied);
            QVERIFY(secret.error().message.starts_with("was encrypted on another machine, or is damaged (DPAPI: "));
        }
    }
};

QTEST_GUILESS_MAIN(MachineSecretTest)
#include "machine_secret_test.moc"
