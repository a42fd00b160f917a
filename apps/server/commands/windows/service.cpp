// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/folders.h"
#include "process/private_files.h"
#include "process/service_action.h"
#include "process/windows/event_log.h"
#include "process/windows/file_owner.h"
#include "process/windows/firewall.h"
#include "process/windows/service_account.h"
#include "process/windows/service_process.h"
#include "process/windows/service_registration.h"
#include "server/commands/commands.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace sextant::server {
namespace {

using process::ServiceAction;

process::ServiceSpec serviceSpec()
{
    return {"SextantServer", "Sextant Server", "Stores and queries the metrics of a fleet.",
        QDir::toNativeSeparators(QCoreApplication::applicationFilePath()).toStdString(), "service run", true};
}

/// What an MSI passes on: "0", "1", or nothing at all.
Result<bool> flag(const CommandLine& line, const QString& name)
{
    const QString value = line.option(name).value_or(QString());
    if (!value.isEmpty() && value != QLatin1String("0") && value != QLatin1String("1"))
        return fail(
            ErrorCode::Invalid, "--" + name.toStdString() + ": expected 0 or 1, got \"" + value.toStdString() + "\"");
    return value == QLatin1String("1");
}

/// The service is started without options: what it is to know stands in this file.
std::string configFile()
{
    return process::configFile("server");
}

std::string configFolder()
{
    return QFileInfo(QString::fromStdString(configFile())).path().toStdString();
}

/// The folder of the settings, closed to others; and the settings are nobody's who could not change the program as
/// well.
Result<void> secureConfig()
{
    return process::preparePrivateFolder(configFolder()).and_then([] { return process::checkOwner(configFile()); });
}

/// Writes the settings that were given into the file, unless there is one: it is the admin's. Whether it did.
Result<bool> writeConfig(const CommandLine& line, std::vector<std::string>& warnings)
{
    const auto given = givenSettings(line);
    if (process::fileVersion(configFile()) != 0) {
        if (!given.empty())
            warnings.push_back(configFile() + " is there already and stays as it is: the settings that were given now "
                                              "are not in it");
        return false;
    }
    std::string text = "# Settings of the Sextant server. All that can stand here: docs/operations.md\n";
    for (auto [setting, value] : given) {
        if (value.find_first_of("'\r\n") != std::string::npos) // would end the TOML string
            return fail(ErrorCode::Invalid, setting + ": no quotation marks and no ends of lines");
        if (setting == "data_dir") // the service has another folder to start from
            value = QFileInfo(QString::fromStdString(value)).absoluteFilePath().toStdString();
        text += setting + " = '" + value + "'\n";
    }
    return process::createPrivateFile(configFile(), text).map([] { return true; });
}

/// Files beside its folder that the settings name, passwords and certificates.
std::vector<std::string> namedFiles(const Config& config)
{
    std::vector<std::string> files{config.databasePasswordFile.toStdString(), config.jwtSecretFile.toStdString()};
    for (const RemoteWriteTarget& target : config.remoteWrite)
        files.insert(files.end(), {target.caFile, target.bearerTokenFile, target.passwordFile});
    std::erase_if(files, [](const std::string& file) { return file.empty(); });
    return files;
}

/// The service's own account may do nothing but what it is let in to here: its settings, its data folder with what
/// LocalSystem or an administrator left in it, and the files that its settings name. As LocalSystem, who may all of
/// that, it does not need it.
Result<void> letServiceIn(const Config& config, std::vector<std::string>& warnings)
{
    const std::string service = serviceSpec().name;
    const auto note = [&](const Result<void>& given) {
        if (!given)
            warnings.push_back("the service's own account was not let in: " + given.error().message);
    };
    const std::string data = config.dataDir.toStdString();
    // One that the settings name elsewhere has the rights, and the owner, that the admin gave it.
    const bool isOwn = QDir(config.dataDir) == QDir(Config().dataDir);
    auto usable = !QFileInfo::exists(config.dataDir) ? process::preparePrivateFolder(data)
                  : isOwn                            ? process::checkOwner(data)
                                                     : Result<void>();
    if (!usable)
        return usable;
    note(process::letServiceRead(configFolder(), service));
    note(process::letServiceRead(configFile(), service));
    note(process::letServiceOwn(data, service));
    for (const std::string& file : namedFiles(config))
        note(process::letServiceRead(file, service));
    return {};
}

/// That it could not be opened leaves a server that works, for this machine.
void openFirewall(bool open, const Config& config, std::vector<std::string>& warnings)
{
    if (!open)
        return;
    const process::ServiceSpec spec = serviceSpec();
    if (auto opened = process::openPort(spec.displayName, spec.executable, config.listen.port); !opened)
        warnings.push_back("the port " + std::to_string(config.listen.port) +
                           " was not opened to other machines: " + opened.error().message);
}

/// An installation that fails leaves no settings behind, which would be in the way of the next.
Result<void> installFinish(const CommandLine& line, std::vector<std::string>& warnings)
{
    if (auto secured = secureConfig(); !secured)
        return secured;
    const auto config = configFor(line);
    if (!config)
        return tl::unexpected(config.error());
    const auto start = flag(line, QStringLiteral("start"));
    if (!start)
        return tl::unexpected(start.error());
    const auto open = flag(line, QStringLiteral("open-firewall"));
    if (!open)
        return tl::unexpected(open.error());
    if (*open && config->listen.port == 0)
        return fail(ErrorCode::Invalid, "OPEN_FIREWALL=1 needs a port that stays: LISTEN ends with :0");
    const process::ServiceSpec spec = serviceSpec();
    const auto written = writeConfig(line, warnings);
    if (!written)
        return tl::unexpected(written.error());
    openFirewall(*open, *config, warnings);
    auto done = letServiceIn(*config, warnings)
                    .and_then([&] { return process::configureService(spec, warnings); })
                    .and_then([&] { return *start ? process::startService(spec, warnings) : Result<void>(); });
    if (!done && *written)
        QFile::remove(QString::fromStdString(configFile()));
    return done;
}

/// `service install`, for machines that are set up without the MSI.
Result<std::string> install(const CommandLine& line, std::vector<std::string>& warnings)
{
    if (auto secured = secureConfig(); !secured)
        return tl::unexpected(secured.error());
    const auto config = configFor(line);
    if (!config)
        return tl::unexpected(config.error());
    return process::manageService(ServiceAction::Install, serviceSpec(), warnings)
        .and_then([&](const std::string& done) {
            return writeConfig(line, warnings).and_then([&](bool) { return letServiceIn(*config, warnings); }).map([&] {
                return done;
            });
        });
}

/// What the installer did not make, and with `purge` what the server made: but another folder than its own, which the
/// settings named, may hold anything, and stays.
Result<void> uninstallFinish(const CommandLine& line, std::vector<std::string>& warnings)
{
    const auto purge = flag(line, QStringLiteral("purge"));
    if (!purge)
        return tl::unexpected(purge.error());
    if (*purge) {
        const auto config = configFor(line);
        const QString own = Config().dataDir;
        const QString used = config ? config->dataDir : own;
        if (QDir(used) != QDir(own))
            warnings.push_back(
                "the data stay in " + used.toStdString() + ", which the settings named: remove them by hand");
        if (!QDir(own).removeRecursively())
            warnings.push_back("not all of " + own.toStdString() + " could be removed");
        QFile::remove(QString::fromStdString(configFile()));
        QDir().rmdir(QString::fromStdString(configFolder())); // stays where the agent has something in it
    }
    if (auto closed = process::closePort(serviceSpec().displayName); !closed)
        warnings.push_back(closed.error().message);
    return process::unregisterEventSource(serviceSpec().displayName);
}

/// The first password does not go where others may read: the Event Log.
Result<void> keepFirstLogin(const Config& config, const std::string& text, logging::Log& log)
{
    const std::string file = config.dataDir.toStdString() + "/first-login.txt";
    return process::replacePrivateFile(file, text).map([&] {
        log.info("server", "the first admin password and a token for the first host are in a file; delete it then",
            {{"file", file}});
    });
}

/// The service at work: the log goes to the Event Log, the service manager asks instead of signals.
Result<int> runService(const CommandLine& line)
{
    Termination termination(Termination::From::ServiceManager);
    const auto service =
        process::ServiceProcess::answer(serviceSpec().name, {.onStop = [&](std::string_view) { termination.ask(); },
                                                                .onReload = {},
                                                                .onSuspend = {},
                                                                .onResume = {},
                                                                .onSession = {}});
    if (!service)
        return tl::unexpected<Error>(service.error());
    const process::EventLog events(serviceSpec().displayName);
    // Its own account may not close the folder; that is the installation's to do.
    const auto trusted = process::checkOwner(configFile());
    const auto done = trusted.and_then([&] { return configFor(line); }).and_then([&](const Config& config) {
        logging::Log log(config.logLevel, config.logFormat,
            [&](logging::Level level, std::string_view text) { events.report(level, text); });
        return runServer(config, {termination, log, [](const std::string&) {}, // the log has it, too
                                     [&](const std::string& text) { return keepFirstLogin(config, text, log); }});
    });
    if (!done)
        events.report(logging::Level::Error, done.error().message);
    (*service)->stopped(done ? *done : kExitFailure);
    return done;
}

/// An option that the installer leaves empty is not given.
CommandLine withoutEmptyOptions(CommandLine line)
{
    std::erase_if(line.options, [](const auto& option) { return option.second.isEmpty(); });
    return line;
}

Result<std::string> finish(ServiceAction action, const CommandLine& line, std::vector<std::string>& warnings)
{
    const std::string name = serviceSpec().name;
    if (action == ServiceAction::InstallFinish)
        return installFinish(line, warnings).map([&] { return name + " is set up"; });
    if (action == ServiceAction::UninstallFinish)
        return uninstallFinish(line, warnings).map([&] { return name + " has gone"; });
    if (action == ServiceAction::Install)
        return install(line, warnings);
    return process::manageService(action, serviceSpec(), warnings);
}

} // namespace

Result<int> serviceCommand(const CommandLine& line)
{
    const auto action = process::parseServiceAction(line.words.value(1).toStdString());
    if (!action || line.words.size() != 2)
        return fail(ErrorCode::Invalid, "service: expected install, uninstall, start, stop, status or run");
    if (line.option(QStringLiteral("config")))
        return fail(ErrorCode::Invalid, "--config does not go with service: the service reads " + configFile());
    const CommandLine given = withoutEmptyOptions(line);
    if (*action == ServiceAction::Run)
        return runService(given);
    std::vector<std::string> warnings;
    const auto done = finish(*action, given, warnings);
    const bool isInstaller = *action == ServiceAction::InstallFinish || *action == ServiceAction::UninstallFinish;
    const process::EventLog events(serviceSpec().displayName); // nobody sees what an installation prints
    for (const std::string& warning : warnings) {
        std::fprintf(stderr, "sextant-server: %s\n", warning.c_str());
        if (isInstaller)
            events.report(logging::Level::Warning, warning);
    }
    if (!done) {
        if (isInstaller)
            events.report(logging::Level::Error, done.error().message);
        return tl::unexpected<Error>(done.error());
    }
    std::fprintf(stdout, "%s\n", done->c_str());
    return kExitOk;
}

} // namespace sextant::server
