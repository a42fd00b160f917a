// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/commands/service_command.h"

#include "agent-service/commands/enrolment_token.h"
#include "agent-service/commands/run.h"
#include "agent-service/service/requests.h"
#include "agent-service/uplink/identity.h"
#include "agent-service/uplink/proxy.h"
#include "logging/log.h"
#include "platform/roots.h"
#include "platform/worker.h"
#include "process/folders.h"
#include "process/own_process.h"
#include "process/private_files.h"
#include "process/windows/event_log.h"
#include "process/windows/service_process.h"
#include "process/windows/service_registration.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace sextant::agent {
namespace {

using process::Request;
using process::ServiceAction;

process::ServiceSpec serviceSpec()
{
    return {"SextantAgent", "Sextant Agent", "Collects this machine's metrics and delivers them to a Sextant server.",
        QDir::toNativeSeparators(QCoreApplication::applicationFilePath()).toStdString(), "service run"};
}

std::string folderOf(const std::string& file)
{
    return QFileInfo(QString::fromStdString(file)).path().toStdString();
}

/// Writes the settings that the installer was given into the file, unless there is one: it is the admin's.
Result<void> writeConfig(const std::string& file, const Settings& settings)
{
    if (process::fileVersion(file) != 0)
        return {};
    return process::preparePrivateFolder(folderOf(file)).and_then([&] {
        return process::createPrivateFile(file, settingsToml(settings));
    });
}

/// A token that can never work stops the installation before anything is written.
Result<void> checkToken(const EnrolmentArguments& enrolment)
{
    if (enrolment.token.empty())
        return {};
    return parseEnrolmentToken(enrolment.token, enrolment.authorityFingerprint).map([](const EnrolmentToken&) {});
}

/// Leaves the token for the service, which enrols with it as soon as the server can be reached (PendingEnrolment).
Result<void> leaveToken(const std::string& token, const Settings& settings)
{
    if (token.empty() || IdentityStore(settings.stateDir).exists())
        return {};
    return process::preparePrivateFolder(settings.stateDir).and_then([&] {
        return process::replacePrivateFile(settings.stateDir + "/enroll.token", token);
    });
}

Result<Settings> settingsOf(const CommandLine& line)
{
    return loadSettings(line.sources).map([](const LoadedSettings& loaded) { return loaded.settings; });
}

Result<void> installFinish(const CommandLine& line, std::vector<std::string>& warnings)
{
    const auto settings = settingsOf(line);
    if (!settings)
        return tl::unexpected(settings.error());
    const process::ServiceSpec spec = serviceSpec();
    return checkToken(line.enrolment)
        .and_then([&] { return writeConfig(line.sources.file, *settings); })
        .and_then([&] { return leaveToken(line.enrolment.token, *settings); })
        .and_then([&] { return process::configureService(spec, warnings); })
        .and_then([&] { return line.service.start ? process::startService(spec, warnings) : Result<void>(); });
}

/// What the installer did not make, and with `purge` what the agent made.
Result<void> uninstallFinish(const CommandLine& line)
{
    if (line.service.purge) {
        const auto settings = settingsOf(line);
        QDir(QString::fromStdString(settings ? settings->stateDir : Settings().stateDir)).removeRecursively();
        QFile::remove(QString::fromStdString(line.sources.file));
        QDir().rmdir(QString::fromStdString(folderOf(line.sources.file))); // stays where the server has something in it
    }
    return process::unregisterEventSource(serviceSpec().displayName);
}

/// The service at work: the log goes to the Event Log, the service manager asks instead of signals.
ExitCode runService(const CommandLine& line, const std::function<void(const std::string&)>& complain)
{
    Requests requests(Requests::From::ServiceManager);
    const auto ask = [&](Request request, const char* by) {
        return [&requests, request, by] { requests.ask(request, by); };
    };
    const auto service = process::ServiceProcess::answer(serviceSpec().name,
        {.onStop =
                [&](std::string_view why) {
                    requests.ask(Request::Terminate, "the service manager (" + std::string(why) + ")");
                },
            .onReload = ask(Request::Reload, "the service manager"),
            .onSuspend = ask(Request::Suspend, "the system"),
            .onResume = ask(Request::Resume, "the system"),
            .onSession = {}});
    if (!service) {
        complain(service.error().message);
        return ExitCode::Usage;
    }
    const process::EventLog events(serviceSpec().displayName);
    const auto settings = settingsOf(line);
    ExitCode code = ExitCode::Usage;
    if (settings) {
        useProxy(settings->proxy);
        logging::Log log =
            makeLog(*settings, [&](logging::Level level, std::string_view text) { events.report(level, text); });
        platform::Roots roots = platform::Roots::fromEnvironment();
        roots.worker = platform::ownProgram();
        code = run(line.sources, *settings, roots, requests, log);
    } else {
        events.report(logging::Level::Error, settings.error().message);
    }
    (*service)->stopped(static_cast<int>(code));
    return code;
}

} // namespace

ExitCode serviceCommand(const CommandLine& line, const std::function<void(const std::string&)>& print,
    const std::function<void(const std::string&)>& complain)
{
    if (line.service.action == ServiceAction::Run)
        return runService(line, complain);
    const process::ServiceSpec spec = serviceSpec();
    std::vector<std::string> warnings;
    const auto isSetUp = [&] { return spec.name + " is set up"; };
    const auto hasGone = [&] { return spec.name + " has gone"; };
    const auto done = line.service.action == ServiceAction::InstallFinish ? installFinish(line, warnings).map(isSetUp)
                      : line.service.action == ServiceAction::UninstallFinish
                          ? uninstallFinish(line).map(hasGone)
                          : process::manageService(line.service.action, spec, warnings);
    for (const std::string& warning : warnings)
        complain(warning);
    if (done)
        print(*done);
    else
        complain(done.error().message);
    if (!done && line.service.action == ServiceAction::InstallFinish) // nobody sees what an installation prints
        process::EventLog(spec.displayName).report(logging::Level::Error, done.error().message);
    return done ? ExitCode::Success : ExitCode::Failure;
}

} // namespace sextant::agent
