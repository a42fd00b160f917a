// SPDX-License-Identifier: GPL-3.0-or-later
// Secrets in a real password store: the test runs itself again under dbus-run-session, once with gnome-keyring-daemon
// unlocked by an empty password, once with a bus on which no Secret Service is. The bus ends with all that was started
// on it.
#include "console/session/secret_store.h"

#include <QCoreApplication>
#include <QProcess>
#include <QProcessEnvironment>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>

using namespace sextant::console;

namespace {

SecretAnswer ask(const std::function<void(const SecretStore::Done&)>& call)
{
    SecretAnswer result;
    result.reason = QStringLiteral("no answer");
    bool done = false;
    call([&](const SecretAnswer& answer) {
        result = answer;
        done = true;
    });
    (void)QTest::qWaitFor([&] { return done; }, 20'000);
    return result;
}

int say(const char* what, const SecretAnswer& answer)
{
    std::printf("%s: outcome %d secret '%s' reason '%s'\n", what, int(answer.outcome), qPrintable(answer.secret),
        qPrintable(answer.reason));
    return 0;
}

/// The inner run: writes, reads, removes, reads, and prints what came.
int inner()
{
    KeychainStore store;
    const QString key = QStringLiteral("password/test");
    say("write", ask([&](const auto& done) { store.write(key, QStringLiteral("blue-whale"), &store, done); }));
    say("read", ask([&](const auto& done) { store.read(key, &store, done); }));
    say("remove", ask([&](const auto& done) { store.remove(key, &store, done); }));
    return say("gone", ask([&](const auto& done) { store.read(key, &store, done); }));
}

QByteArray runInner(const QString& before)
{
    const QTemporaryDir home;
    QProcess bus;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char* name : {"HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME"})
        environment.insert(QLatin1String(name), home.path());
    environment.remove(QStringLiteral("XDG_CURRENT_DESKTOP"));
    environment.remove(QStringLiteral("DBUS_SESSION_BUS_ADDRESS"));
    bus.setProcessEnvironment(environment);
    bus.start(QStringLiteral("dbus-run-session"),
        {QStringLiteral("--"), QStringLiteral("sh"), QStringLiteral("-c"),
            before + QStringLiteral("\"$0\" --inner; code=$?; [ -z \"$keyring\" ] || kill \"$keyring\"; exit $code"),
            QCoreApplication::applicationFilePath()});
    if (!bus.waitForFinished(90'000))
        bus.kill();
    bus.waitForFinished(5'000);
    return bus.readAllStandardOutput() + bus.readAllStandardError();
}

} // namespace

class KeychainTest : public QObject {
    Q_OBJECT

private slots:
    void aRealStoreGivesTheSecretBack()
    {
        const QByteArray said = runInner(QStringLiteral("printf '\\n' | gnome-keyring-daemon --foreground --unlock "
                                                        "--components=secrets >/dev/null 2>&1 & keyring=$!; "
                                                        "sleep 2; "));
        QVERIFY2(said.contains("write: outcome 0"), said.constData());
        QVERIFY2(said.contains("read: outcome 0 secret 'blue-whale'"), said.constData());
        QVERIFY2(said.contains("remove: outcome 0"), said.constData());
        QVERIFY2(said.contains("gone: outcome 1 secret ''"), said.constData());
    }

    void withoutAStoreItSaysSo()
    {
        // A bus without service files cannot start one by itself.
        const QByteArray said = runInner(QStringLiteral("export DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent; "));
        QVERIFY2(said.contains("write: outcome 2"), said.constData());
        QVERIFY2(said.contains("read: outcome 2"), said.constData());
        QVERIFY2(!said.contains("reason ''"), said.constData());
        QVERIFY2(!said.contains("no answer"), said.constData());
    }
};

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    if (application.arguments().contains(QStringLiteral("--inner")))
        return inner();
    KeychainTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "keychain_test.moc"
