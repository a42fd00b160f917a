// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/commands/check.h"
#include "agent-service/commands/enroll.h"
#include "agent-service/commands/once.h"
#include "agent-service/commands/record.h"
#include "agent-service/commands/run.h"
#include "agent-service/commands/service_command.h"
#include "agent-service/config/command_line.h"
#include "agent-service/service/clock.h"
#include "agent-service/uplink/proxy.h"
#include "platform/host.h"
#include "platform/roots.h"
#include "platform/worker.h"
#include "process/own_process.h"

#include <QCoreApplication>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

using namespace sextant;
using namespace sextant::agent;

namespace {

void print(const std::string& line)
{
    std::fprintf(stdout, "%s\n", line.c_str());
}

void complain(const std::string& line)
{
    std::fprintf(stderr, "sextant-agent: %s\n", line.c_str());
}

ExitCode runEnroll(const CommandLine& line, const Settings& settings, const platform::Roots& roots)
{
    const auto facts = platform::readHostFacts(roots);
    if (!facts) {
        complain(facts.error().message);
        return ExitCode::Failure;
    }
    const EnrolmentResult result = enroll(settings, line.enrolment, *facts, readClocks().wallMs);
    result.code == ExitCode::Success ? print(result.sentence) : complain(result.sentence);
    return result.code;
}

ExitCode runOnce(const Settings& settings, const platform::Roots& roots)
{
    std::vector<std::string> warnings;
    const auto frames = collectOnce(settings, roots, warnings);
    for (const std::string& warning : warnings)
        complain(warning);
    std::fputs(framesAsJson(frames).c_str(), stdout);
    return frames.empty() ? ExitCode::Failure : ExitCode::Success;
}

ExitCode runRecord(const CommandLine& line, const Settings& settings, const platform::Roots& roots)
{
    logging::Log log = makeLog(settings);
    const bool someoneWatches = process::someoneWatches();
    const auto tell = [&](const RecordProgress& so) {
        if (someoneWatches)
            std::fprintf(stderr, "\r%lld of %lld s, %llu KiB", static_cast<long long>(so.elapsed.count()),
                static_cast<long long>(line.length.count()), static_cast<unsigned long long>(so.bytes / 1024));
    };
    const auto recorded = record(line.recording, line.length, settings, roots, log, tell);
    if (someoneWatches)
        std::fputc('\n', stderr);
    if (!recorded) {
        complain(recorded.error().message);
        return ExitCode::Failure;
    }
    print("recorded " + std::to_string(recorded->batches) + " batches in " + std::to_string(recorded->elapsed.count()) +
          " s, " + std::to_string(recorded->bytes) + " bytes: " + line.recording);
    return ExitCode::Success;
}

ExitCode runInForeground(const ConfigSources& sources, const Settings& settings, const platform::Roots& roots)
{
    Requests requests; // before the first thread
    logging::Log log = makeLog(settings);
    return run(sources, settings, roots, requests, log);
}

ExitCode dispatch(CommandLine line)
{
    if (line.command == Command::Help || line.command == Command::Version) {
        print(line.command == Command::Help ? helpText() : std::string("sextant-agent " SEXTANT_VERSION));
        return ExitCode::Success;
    }
    line.sources.variables = process::environment("SEXTANT_");
    if (line.command == Command::Service)
        return serviceCommand(line, print, complain);
    const auto loaded = loadSettings(line.sources);
    if (!loaded) {
        complain(loaded.error().message);
        return ExitCode::Usage;
    }
    for (const std::string& warning : loaded->warnings)
        complain(warning);
    useProxy(loaded->settings.proxy);
    platform::Roots roots = platform::Roots::fromEnvironment();
    roots.worker = platform::ownProgram();
    switch (line.command) {
    case Command::Enroll:
        return runEnroll(line, loaded->settings, roots);
    case Command::Check:
        return check(loaded->settings, print);
    case Command::Record:
        return runRecord(line, loaded->settings, roots);
    case Command::Once:
        return runOnce(loaded->settings, roots);
    default:
        return runInForeground(line.sources, loaded->settings, roots);
    }
}

} // namespace

int main(int argc, char** argv)
{
    // A small program with few threads: one heap, given back early.
    process::limitHeap({.heaps = 1, .giveBackBytes = 64 * 1024});
    const std::vector<std::string> given = process::arguments(argc, argv);
    const std::vector<std::string_view> arguments(given.begin(), given.end());
    const auto line = parseCommandLine(arguments);
    if (!line) {
        complain(line.error().message);
        reportMistake(arguments, line.error().message);
        return static_cast<int>(ExitCode::Usage);
    }
    if (line->command == Command::Worker)
        return platform::serveQuestions(platform::workerVerbs());
    const QCoreApplication application(argc, argv);
    return static_cast<int>(dispatch(*line));
}
