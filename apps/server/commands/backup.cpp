// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/commands/backup_set.h"
#include "server/commands/commands.h"
#include "server/commands/data_folder.h"
#include "server/storage/sqlite/copy.h"

#include <QDir>
#include <QFileInfo>
#include <QUuid>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <stop_token>
#include <thread>

namespace sextant::server {
namespace {

constexpr std::chrono::seconds kProgressEvery{2};

/// Says every two seconds how large the copy has become, for as long as this object lives.
class Progress {
public:
    Progress(QString file, qint64 wholeBytes)
        : m_thread([this, file = std::move(file), wholeBytes](const std::stop_token& stop) {
              std::unique_lock lock(m_mutex);
              while (!m_wake.wait_for(lock, stop, kProgressEvery, [&stop] { return stop.stop_requested(); }))
                  std::fprintf(stderr, "backup: %lld of at most %lld MiB\n",
                      static_cast<long long>(QFileInfo(file).size() >> 20), static_cast<long long>(wholeBytes >> 20));
          })
    {
    }

private:
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::jthread m_thread;
};

/// Whether the target may be made: it is not there, or --force was given and it is an older backup.
Result<void> mayMake(const BackupSet& target, bool force)
{
    if (!QFileInfo::exists(target.path))
        return {};
    if (!force)
        return fail(ErrorCode::Conflict, target.path.toStdString() + " exists; --force replaces an older backup");
    if (!QFileInfo::exists(target.sums()))
        return fail(ErrorCode::Conflict, target.path.toStdString() + " is not a backup: it is not replaced");
    return {};
}

Result<void> saveDatabase(const QString& from, const QString& to)
{
    const auto bytes = copyBytes(from);
    if (!bytes)
        return tl::unexpected<Error>(bytes.error());
    const QString place = QFileInfo(to).path();
    if (!QDir().mkpath(place))
        return fail(ErrorCode::Denied, "cannot make the folder " + place.toStdString());
    if (auto room = requireSpace(place, *bytes); !room)
        return room;
    const Progress progress(to, *bytes);
    return copyDatabase(from, to);
}

/// The queues of remote write targets come after the database: what was acknowledged before that was copied waits in
/// one of them, or was sent.
Result<void> fill(const BackupSet& set, const DataFolder& folder)
{
    const QStringList databases = BackupSet::databasesIn(folder.path);
    Result<void> done;
    for (const QString& name : BackupSet::filesIn(folder.path)) {
        const QString from = folder.path + u'/' + name;
        if (done)
            done = databases.contains(name) ? saveDatabase(from, set.file(name)) : copyFile(from, set.file(name));
    }
    return done ? set.seal() : done;
}

/// The new one takes the older one's place; the older one goes when the new one stands there.
Result<void> putInPlace(const BackupSet& partial, const BackupSet& target)
{
    const QString older = target.path + QStringLiteral(".older-") + QUuid::createUuid().toString(QUuid::Id128);
    QDir folders;
    const bool replaces = QFileInfo::exists(target.path);
    if (replaces && !folders.rename(target.path, older))
        return fail(ErrorCode::Io, "cannot move " + target.path.toStdString() + " aside");
    if (!folders.rename(partial.path, target.path))
        return fail(ErrorCode::Io, "cannot rename " + partial.path.toStdString() + " to " + target.path.toStdString());
    if (replaces && !QDir(older).removeRecursively())
        return fail(ErrorCode::Io, "the backup is made, but the older one cannot be removed: " + older.toStdString());
    return {};
}

/// PostgreSQL has tools of its own, which know better than we how it is saved while it runs.
tl::unexpected<Error> useItsOwnTool(const Config& config)
{
    const std::string url = config.databaseUrl.toStdString();
    return fail(ErrorCode::NotAvailable,
        "the database is PostgreSQL: save it with its own tool, also while the server runs:\n  pg_dump --format=custom "
        "--file=sextant.dump '" +
            url + "'\nand with it ca.key, ca.pem, server.key, server.pem and the folder forward (of remote write) of " +
            config.dataDir.toStdString() + ", without which every host must enrol again");
}

} // namespace

Result<int> backupCommand(const CommandLine& line, const Config& config)
{
    if (line.words.size() != 2)
        return fail(ErrorCode::Invalid, "usage: sextant-server backup FOLDER [--force]; see --help");
    if (!config.databaseUrl.isEmpty())
        return useItsOwnTool(config);
    const DataFolder folder{QFileInfo(config.dataDir).absoluteFilePath()};
    if (!QFileInfo::exists(folder.database()))
        return fail(ErrorCode::NotFound,
            "no server has run with the data folder " + folder.path.toStdString() + " yet; give it with --data-dir");
    const BackupSet target{QDir::cleanPath(QFileInfo(line.words[1]).absoluteFilePath())};
    const BackupSet partial{target.path + QStringLiteral(".partial")};
    if (auto may = mayMake(target, line.option(QStringLiteral("force")).has_value()); !may)
        return tl::unexpected<Error>(may.error());
    if (!QDir(partial.path).removeRecursively() || !QDir().mkpath(partial.path)) // of a backup that was cut off
        return fail(ErrorCode::Denied, "cannot make the folder " + partial.path.toStdString());
    auto done = fill(partial, folder);
    if (done)
        done = putInPlace(partial, target);
    if (!done) {
        QDir(partial.path).removeRecursively();
        return tl::unexpected<Error>(done.error());
    }
    std::printf("saved to %s\nIt holds the key of the CA: keep it as secret as the server's own data folder.\n",
        target.path.toUtf8().constData());
    return kExitOk;
}

} // namespace sextant::server
