// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/commands/backup_set.h"
#include "server/commands/commands.h"
#include "server/commands/data_folder.h"
#include "server/storage/sqlite/copy.h"

#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QLockFile>

#include <cstdio>

namespace sextant::server {
namespace {

/// What a data folder holds of what a backup holds, and what SQLite puts beside its file.
QStringList inTheWay(const DataFolder& folder)
{
    QStringList names = BackupSet::filesIn(folder.path);
    for (const QString& name : BackupSet::databasesIn(folder.path)) {
        for (const QString& end : {QStringLiteral("-wal"), QStringLiteral("-shm")}) {
            if (QFileInfo::exists(folder.path + u'/' + name + end))
                names.append(name + end);
        }
    }
    return names;
}

Result<void> moveAll(const QStringList& names, const QString& from, const QString& to)
{
    for (const QString& name : names) {
        QFile file(from + u'/' + name);
        const QString target = to + u'/' + name;
        if (!QDir().mkpath(QFileInfo(target).path()) || !file.rename(target))
            return fail(ErrorCode::Io,
                "cannot move " + file.fileName().toStdString() + ": " + file.errorString().toStdString());
    }
    return {};
}

/// Copies the backup beside the place where its files will stand. What stood there is not touched yet.
Result<QString> stage(const BackupSet& set, const QStringList& names, const DataFolder& folder)
{
    const QString staged = folder.path + QStringLiteral("/restore.partial");
    if (!QDir(staged).removeRecursively() || !QDir().mkpath(staged)) // of a restore that was cut off
        return fail(ErrorCode::Denied, "cannot make the folder " + staged.toStdString());
    qint64 bytes = 0;
    for (const QString& name : names)
        bytes += QFileInfo(set.file(name)).size();
    auto done = requireSpace(staged, bytes);
    for (const QString& name : names) {
        if (done)
            done = copyFile(set.file(name), staged + u'/' + name);
    }
    if (!done) {
        QDir(staged).removeRecursively();
        return tl::unexpected<Error>(done.error());
    }
    return staged;
}

Result<void> moveAside(const QStringList& names, const DataFolder& folder)
{
    if (names.isEmpty())
        return {};
    const QString aside = folder.path + QStringLiteral("/before-restore-") +
                          QDateTime::currentDateTimeUtc().toString(u"yyyyMMdd-hhmmss-zzz");
    if (!QDir().mkpath(aside))
        return fail(ErrorCode::Denied, "cannot make the folder " + aside.toStdString());
    std::printf("what stood there before: %s\n", aside.toUtf8().constData());
    return moveAll(names, folder.path, aside);
}

tl::unexpected<Error> useItsOwnTool(const Config& config)
{
    const std::string url = config.databaseUrl.toStdString();
    return fail(ErrorCode::NotAvailable,
        "the database is PostgreSQL: while no server runs on it, restore into an empty database with its own tools:\n"
        "  psql '" +
            url +
            "' -c 'CREATE EXTENSION timescaledb' -c 'SELECT timescaledb_pre_restore()'    (with TimescaleDB)\n"
            "  pg_restore --dbname='" +
            url + "' sextant.dump\n  psql '" + url +
            "' -c 'SELECT timescaledb_post_restore()'    (with TimescaleDB)\nand put ca.key, ca.pem, server.key, "
            "server.pem and the folder forward back into " +
            config.dataDir.toStdString());
}

} // namespace

Result<int> restoreCommand(const CommandLine& line, const Config& config)
{
    if (line.words.size() != 2)
        return fail(ErrorCode::Invalid, "usage: sextant-server restore FOLDER [--force]; see --help");
    if (!config.databaseUrl.isEmpty())
        return useItsOwnTool(config);
    const BackupSet set{QDir::cleanPath(QFileInfo(line.words[1]).absoluteFilePath())};
    const auto names = set.verify();
    if (!names)
        return tl::unexpected<Error>(names.error());
    const auto folder = prepareDataFolder(config.dataDir);
    if (!folder)
        return tl::unexpected<Error>(folder.error());
    QLockFile lock(folder->lock());
    lock.setStaleLockTime(0);
    if (!lock.tryLock(0))
        return fail(ErrorCode::Conflict,
            "a server runs with the data folder " + folder->path.toStdString() + ": stop it first");
    const QStringList old = inTheWay(*folder);
    if (!old.isEmpty() && !line.option(QStringLiteral("force")))
        return fail(ErrorCode::Conflict,
            "the data folder " + folder->path.toStdString() + " is not empty; --force moves aside what is there");
    const auto staged = stage(set, *names, *folder);
    if (!staged)
        return tl::unexpected<Error>(staged.error());
    // Checked as it will be used, before anything that stands there is touched.
    auto done = checkCopy(*staged + u'/' + QLatin1String(BackupSet::kDatabase));
    if (!done)
        QDir(*staged).removeRecursively();
    else
        done = moveAside(old, *folder);
    if (done)
        done = moveAll(*names, *staged, folder->path);
    if (!done)
        return tl::unexpected<Error>(done.error());
    QDir(*staged).removeRecursively();
    std::printf("restored %s to %s\n", set.path.toUtf8().constData(), folder->path.toUtf8().constData());
    return kExitOk;
}

} // namespace sextant::server
