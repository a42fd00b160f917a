// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QString>
#include <QStringList>

namespace sextant::server {

/// What `sextant-server backup` makes: a folder (mode 0700) with all that a server needs to come back as the same one
/// (its database, its CA, its certificate, what waits for remote write targets; each mode 0600) and SHA256SUMS, which
/// `sha256sum -c` understands. A plain value; functions block and may be called on any thread.
struct BackupSet {
    QString path;

    static constexpr const char* kDatabase = "sextant.db";

    /// The names of what there is of these in a data folder or a set: the database and the queues of remote write
    /// targets (`forward/NAME.db`), which are to be copied as databases, the CA's and the server's files.
    [[nodiscard]] static QStringList databasesIn(const QString& folder);
    [[nodiscard]] static QStringList filesIn(const QString& folder);

    [[nodiscard]] QString file(const QString& name) const { return path + u'/' + name; }
    [[nodiscard]] QString sums() const { return file(QStringLiteral("SHA256SUMS")); }

    /// Writes SHA256SUMS over the files that are there. Io.
    [[nodiscard]] Result<void> seal() const;
    /// The files that SHA256SUMS lists, each of which is as it was. NotFound when this is no backup, Malformed when a
    /// file is missing, changed or none that a set has.
    [[nodiscard]] Result<QStringList> verify() const;
};

/// Copies a file (mode 0600), with the folder that it is to stand in, and puts the copy on disk. Io, Busy when the disk
/// is full.
[[nodiscard]] Result<void> copyFile(const QString& from, const QString& to);

/// Busy unless the disk of that folder has that many bytes free.
[[nodiscard]] Result<void> requireSpace(const QString& folder, qint64 bytes);

} // namespace sextant::server
