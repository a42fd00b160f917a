// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/commands/backup_set.h"

#include "process/private_files.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <QStorageInfo>

#include <algorithm>
#include <array>

namespace sextant::server {
namespace {

constexpr std::array kKeyFiles{"ca.key", "ca.pem", "server.key", "server.pem"};
constexpr qint64 kChunkBytes = qint64{1} << 20;
constexpr auto kOwnerOnly = QFileDevice::ReadOwner | QFileDevice::WriteOwner;

tl::unexpected<Error> broken(const QFile& file, const char* verb)
{
    const ErrorCode code = file.error() == QFileDevice::ResourceError ? ErrorCode::Busy : ErrorCode::Io;
    return fail(code,
        "cannot " + std::string(verb) + " " + file.fileName().toStdString() + ": " + file.errorString().toStdString());
}

/// Writes all of it, mode 0600, and waits until it is on disk.
Result<void> finish(QFile& file)
{
    if (!file.flush())
        return broken(file, "write");
    return process::syncFile(file.fileName().toStdString());
}

Result<QByteArray> sumOf(const QString& path)
{
    QFile file(path);
    QCryptographicHash hash(QCryptographicHash::Sha256);
    if (!file.open(QIODevice::ReadOnly) || !hash.addData(&file))
        return broken(file, "read");
    return hash.result().toHex();
}

/// Whether a set may have a file of that name: none lies outside of its folder.
bool isKept(const QString& name)
{
    static const QRegularExpression kQueue(
        QRegularExpression::anchoredPattern(QStringLiteral("forward/[a-z0-9_-]+\\.db")));
    return name == QLatin1String(BackupSet::kDatabase) ||
           std::ranges::any_of(kKeyFiles, [&](const char* file) { return name == QLatin1String(file); }) ||
           kQueue.match(name).hasMatch();
}

} // namespace

QStringList BackupSet::databasesIn(const QString& folder)
{
    QStringList names;
    if (QFileInfo::exists(folder + u'/' + QLatin1String(kDatabase)))
        names.append(QLatin1String(kDatabase));
    const QDir queues(folder + QStringLiteral("/forward"));
    for (const QString& file : queues.entryList(QDir::Files, QDir::Name)) {
        if (const QString name = QStringLiteral("forward/") + file; isKept(name))
            names.append(name);
    }
    return names;
}

QStringList BackupSet::filesIn(const QString& folder)
{
    QStringList names;
    for (const char* name : kKeyFiles) {
        if (QFileInfo::exists(folder + u'/' + QLatin1String(name)))
            names.append(QLatin1String(name));
    }
    return names + databasesIn(folder);
}

Result<void> BackupSet::seal() const
{
    QByteArray text;
    for (const QString& name : filesIn(path)) {
        const auto sum = sumOf(file(name));
        if (!sum)
            return tl::unexpected<Error>(sum.error());
        text += *sum + "  " + name.toLatin1() + '\n';
    }
    QFile list(sums());
    if (!list.open(QIODevice::WriteOnly | QIODevice::NewOnly, kOwnerOnly) || list.write(text) != text.size())
        return broken(list, "write");
    return finish(list);
}

Result<QStringList> BackupSet::verify() const
{
    QFile list(sums());
    if (!list.open(QIODevice::ReadOnly))
        return fail(ErrorCode::NotFound, path.toStdString() + " is not a backup: it has no SHA256SUMS");
    QStringList names;
    for (const QByteArray& line : list.read(kChunkBytes).split('\n')) {
        if (line.isEmpty())
            continue;
        const QString name = QString::fromUtf8(line.mid(66));
        if (!isKept(name))
            return fail(ErrorCode::Malformed, sums().toStdString() + " lists an unknown file");
        const auto sum = sumOf(file(name));
        if (!sum)
            return tl::unexpected<Error>(sum.error());
        if (*sum != line.left(64))
            return fail(
                ErrorCode::Malformed, file(name).toStdString() + " is not as it was saved: its checksum differs");
        names.append(name);
    }
    if (!names.contains(QLatin1String(kDatabase)))
        return fail(ErrorCode::Malformed, path.toStdString() + " holds no database");
    return names;
}

Result<void> copyFile(const QString& from, const QString& to)
{
    QFile source(from);
    QFile target(to);
    if (!source.open(QIODevice::ReadOnly))
        return broken(source, "read");
    if (!QDir().mkpath(QFileInfo(to).path()) || !target.open(QIODevice::WriteOnly | QIODevice::NewOnly, kOwnerOnly))
        return broken(target, "make");
    for (QByteArray chunk = source.read(kChunkBytes); !chunk.isEmpty(); chunk = source.read(kChunkBytes)) {
        if (target.write(chunk) != chunk.size())
            return broken(target, "write");
    }
    if (source.error() != QFileDevice::NoError)
        return broken(source, "read");
    return finish(target);
}

Result<void> requireSpace(const QString& folder, qint64 bytes)
{
    const QStorageInfo disk(folder);
    if (disk.bytesAvailable() >= bytes)
        return {};
    return fail(ErrorCode::Busy, "not enough room on " + disk.rootPath().toStdString() + ": " +
                                     std::to_string(bytes >> 20) + " MiB may be needed, " +
                                     std::to_string(disk.bytesAvailable() >> 20) + " MiB are free");
}

} // namespace sextant::server
