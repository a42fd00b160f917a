// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/own_process.h"
#include "server/commands/commands.h"
#include "server/commands/options.h"

#include <QCoreApplication>

#include <cstdio>

using namespace sextant;
using namespace sextant::server;

namespace {

void print(const std::string& text)
{
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

Result<int> runHere(const Config& config)
{
    Termination termination; // before the first thread
    logging::Log log(config.logLevel, config.logFormat);
    const auto confide = [](const std::string& text) -> Result<void> {
        print(text);
        return {};
    };
    return runServer(config, {termination, log, print, confide});
}

Result<int> dispatch(const CommandLine& line)
{
    if (line.option(QStringLiteral("help"))) {
        std::fputs(helpText().toUtf8().constData(), stdout);
        return kExitOk;
    }
    if (line.option(QStringLiteral("version"))) {
        std::fputs("sextant-server " SEXTANT_VERSION "\n", stdout);
        return kExitOk;
    }
    const QString command = line.words.value(0, QStringLiteral("run"));
    if (command == QLatin1String("service"))
        return serviceCommand(line);
    const auto config = configFor(line);
    if (!config)
        return tl::unexpected<Error>(config.error());
    if (command == QLatin1String("run") && line.words.size() <= 1)
        return runHere(*config);
    if (command == QLatin1String("token"))
        return tokenCommand(line, *config);
    if (command == QLatin1String("key"))
        return keyCommand(line, *config);
    if (command == QLatin1String("user"))
        return userCommand(line, *config);
    if (command == QLatin1String("host"))
        return hostCommand(line, *config);
    if (command == QLatin1String("backup"))
        return backupCommand(line, *config);
    if (command == QLatin1String("restore"))
        return restoreCommand(line, *config);
    if (command == QLatin1String("migrate"))
        return migrateCommand(line, *config);
    if (command == QLatin1String("doctor") && line.words.size() == 1)
        return doctor(*config);
    return fail(ErrorCode::Invalid, "there is no command \"" + line.words.join(u' ').toStdString() + "\"; see --help");
}

} // namespace

int main(int argc, char** argv)
{
    process::hideNewFiles(); // what the server writes is its own
    // A heap per thread would keep what any of them once needed. The thresholds for giving memory back stay as they
    // are: lower ones cost a quarter of the speed of ingest.
    process::limitHeap({.heaps = 2, .giveBackBytes = {}});
    const QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("sextant-server"));
    QCoreApplication::setApplicationVersion(QStringLiteral(SEXTANT_VERSION));

    const auto line = parseCommandLine(QCoreApplication::arguments().mid(1));
    const auto done = line ? dispatch(*line) : tl::unexpected<Error>(line.error());
    if (done)
        return *done;
    std::fputs(("sextant-server: " + done.error().message + "\n").c_str(), stderr);
    return done.error().code == ErrorCode::Invalid ? kExitUsage : kExitFailure;
}
