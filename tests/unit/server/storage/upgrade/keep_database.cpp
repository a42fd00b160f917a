// SPDX-License-Identifier: GPL-3.0-or-later
// Makes a small database of the present schema and keeps it as NNNN.sql and NNNN.samples (kept_database.h).
// Usage: keep_database FOLDER
#include "kept_database.h"
#include "metrics/families.h"
#include "server/hosts/host_registry.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "server/storage/migrations.h"
#include "store/made_batches.h"

#include <QCoreApplication>
#include <QFile>
#include <QTemporaryDir>

#include <cstdio>
#include <limits>

using namespace sextant;
using namespace sextant::server;
using namespace sextant::testing;

namespace {

constexpr std::int64_t kTickMs = 10'000;

std::int64_t now()
{
    return kKeptStartMs + 90 * 60'000;
}

/// What has broken stores before: the largest numbers, labels that need quoting.
metrics::Frame oddFrame(std::int64_t timeMs)
{
    metrics::Frame frame(metrics::family("custom"), timeMs, kTickMs);
    frame.addRow({"it's; a \"name\"", "path=\"/ü\\n\n\""});
    frame.addRow({"smallest", ""});
    frame.setCell(0, 0, metrics::Value::real(std::numeric_limits<double>::denorm_min()));
    frame.setCell(1, 0, metrics::Value::real(-std::numeric_limits<double>::max()));
    return frame;
}

/// Some ticks at the end of one hour and the start of the next.
Result<void> fill(Store& store, std::int64_t host)
{
    MadeHost made(static_cast<std::uint32_t>(host), {.cores = 2, .disks = 1, .devices = 1, .interfaces = 2});
    for (int tick = -2; tick < 2; ++tick) {
        metrics::Batch batch = made.tick(kKeptStartMs + 3'600'000 + tick * kTickMs, kTickMs);
        batch.frames.push_back(oddFrame(batch.frames.front().timeMs()));
        HostState state;
        state.lastSeenMs = now();
        state.intervalMs = kTickMs;
        const HostBatch group[] = {{HostId{host}, &batch}};
        const StoredHostState states[] = {{HostId{host}, state}};
        if (auto done = store.append(group, states); !done)
            return tl::unexpected(done.error());
    }
    return {};
}

Result<QByteArray> fillDatabase(const QString& path)
{
    const auto database = Database::open({.path = path});
    if (!database)
        return tl::unexpected(database.error());
    HostRegistry hosts(**database, now);
    if (auto loaded = hosts.load(); !loaded)
        return tl::unexpected(loaded.error());
    const auto store = makeStore(**database, now);
    for (std::int64_t host = 1; host <= kKeptHosts; ++host) {
        const auto certify = [host](QSqlDatabase&, HostId) -> Result<HostCertificate> {
            return HostCertificate{QByteArray(32, static_cast<char>(host)), kKeptEndMs};
        };
        HostDescription description;
        description.name = QStringLiteral("kept%1").arg(host);
        if (auto enrolled = hosts.enrol(description, certify); !enrolled)
            return tl::unexpected(enrolled.error());
        if (auto filled = fill(*store, host); !filled)
            return tl::unexpected(filled.error());
    }
    // The first hour is sealed and rolled up, the second stays hot.
    Result<bool> sealed = true;
    while (sealed && *sealed)
        sealed = store->seal(kKeptStartMs + kHourMs, 0);
    return sealed ? samplesOf(*store) : tl::unexpected(sealed.error());
}

Result<void> write(const QString& path, const QByteArray& text)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly) || file.write(text) != text.size())
        return fail(ErrorCode::Io, path.toStdString() + ": " + file.errorString().toStdString());
    return {};
}

Result<void> keep(const QString& folder)
{
    const auto migrations = embeddedMigrations();
    if (!migrations)
        return tl::unexpected(migrations.error());
    const QTemporaryDir made;
    const QString path = made.filePath(QStringLiteral("kept.db"));
    const auto samples = fillDatabase(path);
    if (!samples)
        return tl::unexpected(samples.error());
    const auto sql = dumpSqlite(path);
    if (!sql)
        return tl::unexpected(sql.error());
    const QString name = QStringLiteral("%1/%2").arg(folder).arg(migrations->back().number, 4, 10, QLatin1Char('0'));
    if (auto written = write(name + QStringLiteral(".sql"), *sql); !written)
        return written;
    return write(name + QStringLiteral(".samples"), *samples);
}

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() != 2) {
        std::fputs("usage: keep_database FOLDER\n", stderr);
        return 2;
    }
    const auto kept = keep(arguments[1]);
    if (!kept)
        std::fprintf(stderr, "keep_database: %s\n", kept.error().message.c_str());
    return kept ? 0 : 1;
}
