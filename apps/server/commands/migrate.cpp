// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/commands/commands.h"
#include "server/commands/data_folder.h"
#include "server/storage/database.h"
#include "server/storage/postgres/url.h"
#include "server/storage/transfer.h"

#include <QFileInfo>
#include <QLockFile>

#include <chrono>
#include <cstdio>
#include <utility>

namespace sextant::server {
namespace {

using Steady = std::chrono::steady_clock;

/// Passes while the server runs end when one was this short: the last one, without it, will be as well.
constexpr std::chrono::seconds kShortPass{10};
constexpr int kPasses = 5;
/// Counting and comparing a large table is one statement.
constexpr std::chrono::milliseconds kNoTimeout{0};
constexpr std::chrono::seconds kProgressEvery{2};

/// Where the copy goes.
struct Goal {
    DatabaseOptions options;
    QString name; ///< the URL or the file
    bool isFile = false;
};

Result<Goal> goalFor(const CommandLine& line, const Config& config, const QString& source)
{
    const auto to = line.option(QStringLiteral("to"));
    if (line.words.size() != 1 || !to || to->isEmpty())
        return fail(ErrorCode::Invalid, "usage: sextant-server migrate --to URL|FILE; see --help");
    Goal goal;
    goal.options.statementTimeout = kNoTimeout;
    goal.isFile = !to->contains(QLatin1String("://"));
    if (goal.isFile) {
        goal.name = goal.options.path = QFileInfo(*to).absoluteFilePath();
    } else {
        if (auto good = checkPostgresUrl(*to); !good)
            return tl::unexpected<Error>(good.error());
        goal.name = goal.options.postgresUrl = *to;
        goal.options.passwordFile = config.databasePasswordFile;
    }
    if (goal.name == source)
        return fail(ErrorCode::Invalid, "--to: that is the database that the server uses already");
    return goal;
}

Result<std::unique_ptr<Database>> openGoal(const Goal& goal)
{
    auto database = Database::open(goal.options);
    if (!database)
        return database;
    if (auto usable = (*database)->state(); !usable)
        return tl::unexpected<Error>(usable.error());
    return database;
}

Transfer::Progress sayNowAndThen()
{
    return [next = Steady::now() + kProgressEvery](const std::string& line) mutable {
        if (Steady::now() < next)
            return;
        next = Steady::now() + kProgressEvery;
        std::fprintf(stderr, "migrate: %s\n", line.c_str());
    };
}

void say(const TransferPass& pass, Steady::duration took)
{
    std::printf("pass over %lld hosts in %lld s: %lld blocks, %lld recent rows, %lld snapshots, %lld batch ids\n",
        static_cast<long long>(pass.hosts),
        static_cast<long long>(std::chrono::round<std::chrono::seconds>(took).count()),
        static_cast<long long>(pass.blocks), static_cast<long long>(pass.hotRows),
        static_cast<long long>(pass.snapshots), static_cast<long long>(pass.batchIds));
    std::fflush(stdout);
}

Result<Steady::duration> runPass(Transfer& transfer)
{
    const auto started = Steady::now();
    const auto pass = transfer.pass();
    if (!pass)
        return tl::unexpected<Error>(pass.error());
    const auto took = Steady::now() - started;
    say(*pass, took);
    return took;
}

/// While a server writes to the source: comes close, and says what is left to do.
Result<int> comeClose(Transfer& transfer)
{
    for (int pass = 0; pass < kPasses; ++pass) {
        const auto took = runPass(transfer);
        if (!took)
            return tl::unexpected<Error>(took.error());
        if (*took < kShortPass)
            break;
    }
    std::puts(
        "The server runs: what came since the last pass began is missing in the copy.\n"
        "To switch: stop the server and run the same command again; it copies only what came since, and compares.");
    return kExitOk;
}

/// While nobody writes to the source: the copy becomes the same, is compared, and may be used.
Result<int> complete(Transfer& transfer, const Goal& goal, const DataFolder& folder)
{
    if (auto took = runPass(transfer); !took)
        return tl::unexpected<Error>(took.error());
    const auto counts = transfer.verify();
    if (!counts)
        return tl::unexpected<Error>(counts.error());
    if (auto finished = transfer.finish(); !finished)
        return tl::unexpected<Error>(finished.error());
    std::puts("HOST\tFAMILY\tSEALED ROWS\tRECENT ROWS");
    for (const TransferCount& count : *counts)
        std::printf("%lld\t%s\t%lld\t%lld\n", static_cast<long long>(count.host), count.family.c_str(),
            static_cast<long long>(count.sealedRows), static_cast<long long>(count.hotRows));
    const std::string name = goal.name.toStdString();
    std::puts("Everything is copied, and compared with the source: they are the same.");
    if (!goal.isFile)
        std::printf("Now set database.url = \"%s\" and start the server.\n", name.c_str());
    else if (goal.name != folder.database())
        std::printf("Now move %s to %s, leave database.url empty and start the server.\n", name.c_str(),
            folder.database().toUtf8().constData());
    else
        std::puts("Now leave database.url empty and start the server.");
    std::puts("The old database is left as it is.");
    return kExitOk;
}

} // namespace

Result<int> migrateCommand(const CommandLine& line, const Config& config)
{
    const DataFolder folder{QFileInfo(config.dataDir).absoluteFilePath()};
    const QString sourceName = config.databaseUrl.isEmpty() ? folder.database() : config.databaseUrl;
    const auto goal = goalFor(line, config, sourceName);
    if (!goal)
        return tl::unexpected<Error>(goal.error());
    DatabaseOptions patient;
    patient.statementTimeout = kNoTimeout;
    const auto source = openDatabase(config, folder, true, patient);
    if (!source)
        return tl::unexpected<Error>(source.error());
    // As long as we hold it, no server of this folder writes to the source.
    QLockFile lock(folder.lock());
    lock.setStaleLockTime(0);
    const bool isAlone = lock.tryLock(0);
    const auto target = openGoal(*goal);
    if (!target)
        return fail(target.error().code, "--to: " + target.error().message);
    Transfer transfer(**source, **target, sayNowAndThen());
    if (auto begun = transfer.begin(sourceName); !begun)
        return tl::unexpected<Error>(begun.error());
    return isAlone ? complete(transfer, *goal, folder) : comeClose(transfer);
}

} // namespace sextant::server
