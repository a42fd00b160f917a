// SPDX-License-Identifier: GPL-3.0-or-later
// This program registers itself as a service, is started by the service manager, and looks at both sides of it.
#include "process/windows/event_log.h"
#include "process/windows/service_process.h"
#include "process/windows/service_registration.h"
#include "process/windows/wide_text.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <windows.h>

#include <array>
#include <future>
#include <memory>
#include <vector>

using namespace sextant;
using namespace sextant::process;

namespace {

constexpr auto kName = "SextantServiceTest";
constexpr int kExitCode = 7;

void note(const QString& file, const std::string& line)
{
    QFile notes(file);
    if (notes.open(QIODevice::Append))
        notes.write(QByteArray::fromStdString(line) + '\n');
}

int serve(const QString& file)
{
    std::promise<std::string> asked;
    const auto service =
        ServiceProcess::answer(kName, {.onStop = [&](std::string_view why) { asked.set_value(std::string(why)); },
                                          .onReload = [&] { note(file, "reload"); },
                                          .onSuspend = {},
                                          .onResume = {},
                                          .onSession = {}});
    if (!service)
        return 1;
    note(file, "asked to " + asked.get_future().get());
    (*service)->stopped(kExitCode);
    return kExitCode;
}

struct CloseService {
    void operator()(SC_HANDLE handle) const { CloseServiceHandle(handle); }
};
using Handle = std::unique_ptr<std::remove_pointer_t<SC_HANDLE>, CloseService>;

Handle openTheService()
{
    const Handle manager(OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT));
    return Handle(OpenServiceW(
        manager.get(), wide(kName).c_str(), SERVICE_QUERY_CONFIG | SERVICE_QUERY_STATUS | SERVICE_PAUSE_CONTINUE));
}

SERVICE_STATUS_PROCESS statusOf(const Handle& service)
{
    SERVICE_STATUS_PROCESS status{};
    DWORD size = 0;
    QueryServiceStatusEx(
        service.get(), SC_STATUS_PROCESS_INFO, reinterpret_cast<BYTE*>(&status), sizeof(status), &size);
    return status;
}

/// What the service manager keeps of a service at one level; nothing where it does not know the question (Wine).
template <typename Info>
const Info* configOf(const Handle& service, DWORD level, std::array<BYTE, 8192>& room)
{
    DWORD size = 0;
    return QueryServiceConfig2W(service.get(), level, room.data(), static_cast<DWORD>(room.size()), &size) != 0
               ? reinterpret_cast<const Info*>(room.data())
               : nullptr;
}

std::string sourceValue(const wchar_t* value)
{
    std::array<wchar_t, 1024> text{};
    DWORD size = sizeof(text);
    return RegGetValueW(HKEY_LOCAL_MACHINE,
               L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\Sextant Service Test", value, RRF_RT_ANY,
               nullptr, text.data(), &size) == ERROR_SUCCESS
               ? narrow(text.data())
               : std::string();
}

} // namespace

class ServiceTest : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_folder;
    QString m_notes;
    ServiceSpec m_spec;
    bool m_isInstalled = false;

    [[nodiscard]] QByteArray notes() const
    {
        QFile file(m_notes);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

private slots:
    void initTestCase()
    {
        m_notes = QDir::toNativeSeparators(m_folder.filePath(QStringLiteral("with a space.txt")));
        m_spec = {kName, "Sextant Service Test", "Made by a test.",
            QDir::toNativeSeparators(QCoreApplication::applicationFilePath()).toStdString(),
            "--serve \"" + m_notes.toStdString() + '"'};
        static_cast<void>(uninstallService(m_spec)); // of a test that was killed
        std::vector<std::string> warnings;
        const auto installed = installService(m_spec, warnings);
        if (!installed && installed.error().code == ErrorCode::Denied)
            QSKIP("only administrators may install a service");
        QVERIFY2(installed, installed ? "" : installed.error().message.c_str());
        m_isInstalled = true;
    }
    void cleanupTestCase()
    {
        if (m_isInstalled)
            static_cast<void>(uninstallService(m_spec));
    }

    void whatAnEventSaysHasNoPlacesToFill()
    {
        QCOMPARE(eventText("[fe80::1%12]:7443 is %1 of 100 %, %%5 %a %"),
            std::string("[fe80::1% 12]:7443 is % 1 of 100 %, %% 5 %a %"));
        QCOMPARE(eventText("Größe %9"), std::string("Größe % 9"));
        QCOMPARE(eventText({}), std::string());
    }

    void isRegisteredAsPromised()
    {
        const Handle service = openTheService();
        QVERIFY(service != nullptr);
        std::array<BYTE, 8192> room{};
        DWORD size = 0;
        QVERIFY(QueryServiceConfigW(service.get(), reinterpret_cast<QUERY_SERVICE_CONFIGW*>(room.data()),
            static_cast<DWORD>(room.size()), &size));
        const auto& config = *reinterpret_cast<const QUERY_SERVICE_CONFIGW*>(room.data());
        QCOMPARE(narrow(config.lpBinaryPathName), '"' + m_spec.executable + "\" " + m_spec.arguments);
        QCOMPARE(config.dwStartType, DWORD{SERVICE_AUTO_START});
        QCOMPARE(config.dwServiceType, DWORD{SERVICE_WIN32_OWN_PROCESS});
        QCOMPARE(narrow(config.lpServiceStartName), std::string("LocalSystem"));
        const auto* shutdown = configOf<SERVICE_PRESHUTDOWN_INFO>(service, SERVICE_CONFIG_PRESHUTDOWN_INFO, room);
        QVERIFY(shutdown);
        QCOMPARE(shutdown->dwPreshutdownTimeout, DWORD{30'000});
        const auto* text = configOf<SERVICE_DESCRIPTIONW>(service, SERVICE_CONFIG_DESCRIPTION, room);
        QVERIFY(text);
        QCOMPARE(narrow(text->lpDescription), m_spec.description);
        QCOMPARE(sourceValue(L"EventMessageFile"), m_spec.executable);
    }

    void isStartedAgainAsPromised()
    {
        const Handle service = openTheService();
        std::array<BYTE, 8192> room{};
        const auto* failures = configOf<SERVICE_FAILURE_ACTIONSW>(service, SERVICE_CONFIG_FAILURE_ACTIONS, room);
        if (!failures)
            QSKIP("this service manager does not tell what it does after a failure (Wine)");
        QCOMPARE(failures->dwResetPeriod, DWORD{86'400});
        QCOMPARE(failures->cActions, DWORD{3});
        for (const auto& [at, delay] : {std::pair{0, 5'000U}, {1, 30'000U}, {2, 60'000U}}) {
            QCOMPARE(failures->lpsaActions[at].Type, SC_ACTION_RESTART);
            QCOMPARE(failures->lpsaActions[at].Delay, DWORD{delay});
        }
        const auto* always = configOf<SERVICE_FAILURE_ACTIONS_FLAG>(service, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, room);
        QVERIFY(always && always->fFailureActionsOnNonCrashFailures);
        const auto* delayed =
            configOf<SERVICE_DELAYED_AUTO_START_INFO>(service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, room);
        QVERIFY(delayed && delayed->fDelayedAutostart);
    }

    void takesWhatItPromisesAndTellsItsExitCode()
    {
        std::vector<std::string> warnings;
        const auto started = startService(m_spec, warnings);
        QVERIFY2(started, started ? "" : started.error().message.c_str());
        QVERIFY(startService(m_spec, warnings)); // again
        QVERIFY(serviceState(kName) == ServiceState::Running);
        const Handle service = openTheService();
        QCOMPARE(statusOf(service).dwControlsAccepted,
            DWORD{SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN | SERVICE_ACCEPT_PRESHUTDOWN |
                  SERVICE_ACCEPT_POWEREVENT | SERVICE_ACCEPT_SESSIONCHANGE | SERVICE_ACCEPT_PARAMCHANGE});
        SERVICE_STATUS status{};
        QVERIFY(ControlService(service.get(), SERVICE_CONTROL_PARAMCHANGE, &status));
        QTRY_COMPARE(notes(), QByteArray("reload\n"));
        const auto stopped = stopService(kName);
        QVERIFY2(stopped, stopped ? "" : stopped.error().message.c_str());
        QCOMPARE(notes(), QByteArray("reload\nasked to stop\n"));
        const SERVICE_STATUS_PROCESS end = statusOf(service);
        QCOMPARE(end.dwWin32ExitCode, DWORD{ERROR_SERVICE_SPECIFIC_ERROR});
        QCOMPARE(end.dwServiceSpecificExitCode, DWORD{kExitCode});
        QVERIFY(stopService(kName)); // again
    }

    void goesWithItsSource()
    {
        const auto gone = uninstallService(m_spec);
        QVERIFY2(gone, gone ? "" : gone.error().message.c_str());
        m_isInstalled = false;
        QCOMPARE(sourceValue(L"EventMessageFile"), std::string());
        const auto state = serviceState(kName);
        QVERIFY(!state);
        QCOMPARE(state.error().code, ErrorCode::NotFound);
    }
};

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() == 3 && arguments[1] == QLatin1String("--serve"))
        return serve(arguments[2]);
    ServiceTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "service_test.moc"
