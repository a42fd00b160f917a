// SPDX-License-Identifier: GPL-3.0-or-later
// The console's real window on an X server of its own, with the real server and the real agent: a person connects, sees
// the machine, opens it, sees its charts; the server goes and comes back.
#include "console/pages/fleet_page.h"
#include "console/pages/host_page.h"
#include "console/pages/main_window.h"
#include "console/pages/notice.h"
#include "console/session/secret_store.h"
#include "console/session/server_list.h"
#include "console/theme/theme.h"
#include "support/server_process.h"

#include <QApplication>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QProcess>
#include <QProcessEnvironment>
#include <QPushButton>
#include <QSettings>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

using namespace sextant::console;
using sextant::test::ServerProcess;

class ConsoleTest : public QObject {
    Q_OBJECT

private:
    ServerProcess m_server;
    QTemporaryDir m_agentState;
    QProcess m_agent;

    void cleanupAgent()
    {
        m_agent.terminate();
        if (!m_agent.waitForFinished(8'000)) {
            m_agent.kill();
            m_agent.waitForFinished(5'000);
        }
    }

private slots:
    void initTestCase()
    {
        QVERIFY2(m_server.start(), qPrintable(m_server.error()));
        const QString program = QStringLiteral(SEXTANT_AGENT_PROGRAM);
        QProcess enroll;
        enroll.start(program,
            {QStringLiteral("enroll"), QStringLiteral("--state-dir"), m_agentState.path(), m_server.enrolmentToken()});
        QVERIFY(enroll.waitForFinished(20'000));
        QVERIFY2(enroll.exitCode() == 0, enroll.readAllStandardError().constData());
        m_agent.start(program, {QStringLiteral("run"), QStringLiteral("--state-dir"), m_agentState.path()});
        QVERIFY(m_agent.waitForStarted());
    }
    void cleanupTestCase() { cleanupAgent(); }

    void withoutADisplayItSaysSoInOneLine_data()
    {
        QTest::addColumn<QString>("display");
        QTest::newRow("none is named") << QString();
        QTest::newRow("the named one does not answer") << QStringLiteral(":4242");
    }
    void withoutADisplayItSaysSoInOneLine()
    {
        QFETCH(QString, display);
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
            environment.remove(QLatin1String(name));
        if (!display.isEmpty())
            environment.insert(QStringLiteral("DISPLAY"), display);
        QProcess console;
        console.setProcessEnvironment(environment);
        console.start(QStringLiteral(SEXTANT_CONSOLE_PROGRAM), {});
        QVERIFY(console.waitForFinished(20'000));
        QCOMPARE(console.exitStatus(), QProcess::NormalExit);
        QCOMPARE(console.exitCode(), 2);
        const QByteArray said = console.readAllStandardError();
        QVERIFY2(said.startsWith("sextant-console: no display; "), said.constData());
        QCOMPARE(said.count('\n'), 1);
    }

    void fromTheAddressToTheChartsAndBackFromALoss()
    {
        QCOMPARE(QGuiApplication::platformName(), QStringLiteral("xcb"));
        Theme theme(*qApp);
        const QTemporaryDir folder;
        QSettings settings(folder.filePath(QStringLiteral("s.ini")), QSettings::IniFormat);
        ServerList servers(settings);
        MemoryStore secrets;
        Session session(servers, secrets);
        MainWindow window(theme, session, servers, settings);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));

        QTest::keyClicks(window.findChild<QLineEdit*>(QStringLiteral("address")), m_server.url());
        QTest::mouseClick(window.findChild<QPushButton*>(QStringLiteral("connect")), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(session.state(), Session::State::Trust, 10'000);
        const QString shown = window.findChild<QLabel*>(QStringLiteral("fingerprint"))->text();
        QString expected = m_server.caFingerprint();
        expected.remove(QLatin1Char(':')).remove(QLatin1Char(' '));
        QCOMPARE(QString(shown).remove(QLatin1Char(' ')).remove(QLatin1Char('\n')).toLower(), expected.toLower());
        QTest::mouseClick(window.findChild<QPushButton*>(QStringLiteral("accept")), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(session.state(), Session::State::LogIn, 10'000);
        QTest::keyClicks(window.findChild<QLineEdit*>(QStringLiteral("name")), QStringLiteral("admin"));
        auto* password = window.findChild<QLineEdit*>(QStringLiteral("password"));
        QTest::keyClicks(password, m_server.adminPassword());
        QTest::keyClick(password, Qt::Key_Return);
        QTRY_COMPARE_WITH_TIMEOUT(session.state(), Session::State::Online, 10'000);

        QTRY_COMPARE_WITH_TIMEOUT(window.fleet().rowCount(), 1, 30'000);
        QTRY_VERIFY_WITH_TIMEOUT(window.fleet().host(0).cpuPercent.has_value(), 40'000);
        QCOMPARE(window.fleet().host(0).state, HostState::Ok);
        window.fleetPage().focusTable();
        QTest::keyClick(window.fleetPage().table(), Qt::Key_Return);
        QTRY_COMPARE(window.hostPage().host(), window.fleet().host(0).id);
        for (TimeChart* chart : window.hostPage().charts()) {
            if (chart->objectName() == u"cpu" || chart->objectName() == u"memory")
                QTRY_VERIFY_WITH_TIMEOUT(chart->paintedPoints() >= 2, 40'000);
        }

        m_server.kill();
        QTRY_COMPARE_WITH_TIMEOUT(session.state(), Session::State::Lost, 10'000);
        QVERIFY(window.banner().isVisible());
        QVERIFY(window.banner().text().contains(session.profile().title()));
        QVERIFY2(m_server.start(), qPrintable(m_server.error()));
        QTRY_COMPARE_WITH_TIMEOUT(session.state(), Session::State::Online, 60'000);
        QVERIFY(!window.banner().isVisible());
        QCOMPARE(window.hostPage().host(), window.fleet().host(0).id);
    }
};

int main(int argc, char** argv)
{
    // An X server of its own, on a display number that it chooses itself.
    QProcess display;
    display.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    display.start(QStringLiteral("Xvfb"),
        {QStringLiteral("-displayfd"), QStringLiteral("1"), QStringLiteral("-screen"), QStringLiteral("0"),
            QStringLiteral("1440x900x24"), QStringLiteral("-nolisten"), QStringLiteral("tcp")});
    if (!display.waitForReadyRead(20'000))
        qFatal("Xvfb did not start");
    qputenv("DISPLAY", ':' + display.readLine().trimmed());
    qputenv("QT_QPA_PLATFORM", "xcb");
    int result = 1;
    {
        QApplication application(argc, argv);
        ConsoleTest test;
        result = QTest::qExec(&test, argc, argv);
    }
    display.terminate();
    display.waitForFinished(5'000);
    return result;
}

#include "console_test.moc"
