// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QString>
#include <QStringList>

namespace sextant::server {

/// What `sextant-server backup` makes: a folder (mode 0700) with all that a server needs to come back as the same one
/// (its database, its CA, its certificate, each mode 0600) and SHA256SUMS, which `sha256sum -c` understands. A plain
/// value; functions block and may be called on any thread.
struct BackupSet {
    QString path;

    /// The names of the files of a data folder that are worth keeping. The CA's and the server's may be missing in a
    /// folder where no server ever ran.
    [[nodiscard]] static QStringList files();

    [[nodiscard]] QString file(const QString& name) const { return path + u'/' + name; }
    [[nodiscard]] QString sums() const { return file(QStringLiteral("SHA256SUMS")); }

    /// Writes SHA256SUMS over the files that are there. Io.
    [[nodiscard]] Result<void> seal() const;
    /// The files that SHA256SUMS lists, each of which is as it was. NotFound when this is no backup, Malformed when a
    /// file is missing, changed or none of files().
    [[nodiscard]] Result<QStringList> verify() const;
};

/// Copies a file (mode 0600) and puts the copy on disk. Io, Busy when the disk is full.
[[nodiscard]] Result<void> copyFile(const QString& from, const QString& to);

/// Busy unless the disk of that folder has that many bytes free.
[[nodiscard]] Result<void> requireSpace(const QString& folder, qint64 bytes);

} // namespace sextant::server
