// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/commands/service_command.h"

#include "agent-service/commands/enrolment_token.h"
#include "agent-service/commands/run.h"
#include "agent-service/config/settings.h"
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
#include "process/windows/file_owner.h"
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

/// The folder of the settings, closed to others; and the settings are nobody's who could not change the program as
/// well.
Result<void> secureConfig(const std::string& file)
{
    return process::preparePrivateFolder(folderOf(file)).and_then([&] { return process::checkOwner(file); });
}

/// Writes the settings that the installer was given into the file, unless there is one: it is the admin's. Whether it
/// did.
Result<bool> writeConfig(const std::string& file, const Settings& settings)
{
    if (process::fileVersion(file) != 0)
        return false;
    return process::createPrivateFile(file, settingsToml(settings)).map([] { return true; });
}

/// Says which settings were given that the file, which stays as it is, has otherwise. `given`: with them.
void noteIgnored(const CommandLine& line, const Settings& given, std::vector<std::string>& warnings)
{
    ConfigSources kept = line.sources;
    kept.flags.clear();
    const auto loaded = loadSettings(kept);
    std::string names;
    for (const auto& [key, text] : line.sources.flags) {
        const Setting* setting = findSetting(key);
        if (loaded && setting && !text.empty() && setting->text(loaded->settings) != setting->text(given))
            names += (names.empty() ? "" : ", ") + std::string(setting->key);
    }
    if (!names.empty())
        warnings.push_back(line.sources.file + " is there already and stays as it is: other values for " + names +
                           " were given and do not count");
}

/// A token that can never work stops the installation before anything is written.
Result<void> checkToken(const EnrolmentArguments& enrolment)
{
    if (enrolment.token.empty())
        return {};
    return parseEnrolmentToken(enrolment.token, enrolment.authorityFingerprint).map([](const EnrolmentToken&) {});
}

std::string tokenFileOf(const Settings& settings)
{
    return settings.stateDir + "/enroll.token";
}

/// Leaves the token for the service, which enrols with it as soon as the server can be reached (PendingEnrolment).
Result<void> leaveToken(const std::string& token, const Settings& settings)
{
    if (token.empty() || IdentityStore(settings.stateDir).exists())
        return {};
    return process::preparePrivateFolder(settings.stateDir).and_then([&] {
        return process::replacePrivateFile(tokenFileOf(settings), token);
    });
}

Result<Settings> settingsOf(const CommandLine& line)
{
    return loadSettings(line.sources).map([](const LoadedSettings& loaded) { return loaded.settings; });
}

/// An installation that fails leaves nothing behind that would be in the way of the next: neither settings nor token.
Result<void> installFinish(const CommandLine& line, std::vector<std::string>& warnings)
{
    if (auto usable = checkToken(line.enrolment); !usable)
        return usable;
    const process::ServiceSpec spec = serviceSpec();
    const std::string& file = line.sources.file;
    return secureConfig(file).and_then([&] { return settingsOf(line); }).and_then([&](const Settings& settings) {
        const auto written = writeConfig(file, settings);
        if (!written)
            return Result<void>(tl::unexpected(written.error()));
        if (!*written)
            noteIgnored(line, settings, warnings);
        auto done =
            leaveToken(line.enrolment.token, settings)
                .and_then([&] { return process::configureService(spec, warnings); })
                .and_then([&] { return line.service.start ? process::startService(spec, warnings) : Result<void>(); });
        if (!done && *written)
            QFile::remove(QString::fromStdString(file));
        if (!done && !line.enrolment.token.empty())
            QFile::remove(QString::fromStdString(tokenFileOf(settings)));
        return done;
    });
}

/// `service install`, for machines that are set up without the MSI.
Result<std::string> install(const CommandLine& line, std::vector<std::string>& warnings)
{
    return secureConfig(line.sources.file)
        .and_then([&] { return settingsOf(line); })
        .and_then([&](const Settings& settings) {
            return writeConfig(line.sources.file, settings).map([&](bool written) {
                if (!written)
                    noteIgnored(line, settings, warnings);
            });
        })
        .and_then([&] { return process::manageService(ServiceAction::Install, serviceSpec(), warnings); });
}

/// What the installer did not make, and with `purge` what the agent made: but another folder than its own, which the
/// settings named, may hold anything, and stays.
Result<void> uninstallFinish(const CommandLine& line, std::vector<std::string>& warnings)
{
    if (line.service.purge) {
        const auto settings = settingsOf(line);
        const QString own = QString::fromStdString(Settings().stateDir);
        const QString used = settings ? QString::fromStdString(settings->stateDir) : own;
        if (QDir(used) != QDir(own))
            warnings.push_back("the identity and the spool stay in " + used.toStdString() +
                               ", which the settings named: remove them by hand");
        if (!QDir(own).removeRecursively())
            warnings.push_back("not all of " + own.toStdString() + " could be removed");
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
    const auto settings = secureConfig(line.sources.file).and_then([&] { return settingsOf(line); });
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

/// Nobody sees what an installation prints: it goes to the Event Log as well.
bool isInstaller(ServiceAction action)
{
    return action == ServiceAction::InstallFinish || action == ServiceAction::UninstallFinish;
}

/// Up to the first text that was given: it may be a token or a password.
std::string withoutValues(const std::string& mistake)
{
    const std::size_t given = mistake.find('"');
    return given == std::string::npos ? mistake : mistake.substr(0, given) + "…";
}

Result<std::string> manage(const CommandLine& line, std::vector<std::string>& warnings)
{
    const std::string name = serviceSpec().name;
    switch (line.service.action) {
    case ServiceAction::InstallFinish:
        return installFinish(line, warnings).map([&] { return name + " is set up"; });
    case ServiceAction::UninstallFinish:
        return uninstallFinish(line, warnings).map([&] { return name + " has gone"; });
    case ServiceAction::Install:
        return install(line, warnings);
    default:
        return process::manageService(line.service.action, serviceSpec(), warnings);
    }
}

} // namespace

ExitCode serviceCommand(const CommandLine& line, const std::function<void(const std::string&)>& print,
    const std::function<void(const std::string&)>& complain)
{
    if (line.service.action == ServiceAction::Run)
        return runService(line, complain);
    std::vector<std::string> warnings;
    const auto done = manage(line, warnings);
    for (const std::string& warning : warnings) {
        complain(warning);
        if (isInstaller(line.service.action))
            process::EventLog(serviceSpec().displayName).report(logging::Level::Warning, warning);
    }
    if (done)
        print(*done);
    else
        complain(done.error().message);
    if (!done && isInstaller(line.service.action))
        process::EventLog(serviceSpec().displayName).report(logging::Level::Error, done.error().message);
    return done ? ExitCode::Success : ExitCode::Failure;
}

void reportMistake(std::span<const std::string_view> arguments, const std::string& mistake)
{
    const auto action =
        arguments.size() > 1 && arguments[0] == "service" ? process::parseServiceAction(arguments[1]) : std::nullopt;
    if (action && isInstaller(*action))
        process::EventLog(serviceSpec().displayName)
            .report(logging::Level::Error, "an option of the installation: " + withoutValues(mistake));
}

} // namespace sextant::agent
