// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/commands/data_folder.h"

#include "process/private_files.h"
#include "server/config/config.h"
#include "server/storage/database.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryFile>

namespace sextant::server {

Result<DataFolder> prepareDataFolder(const QString& path)
{
    const DataFolder folder{QFileInfo(path).absoluteFilePath()};
    const std::string name = folder.path.toStdString();
    // One that is there already has the rights that the admin gave it.
    if (!QFileInfo::exists(folder.path) && !process::preparePrivateFolder(name))
        return fail(ErrorCode::Denied, "cannot make the data folder " + name + "; give another one with --data-dir");
    QTemporaryFile probe(folder.path + QStringLiteral("/probe-XXXXXX"));
    if (!probe.open())
        return fail(
            ErrorCode::Denied, "cannot write in the data folder " + name + ": " + probe.errorString().toStdString());
    return folder;
}

Result<std::unique_ptr<Database>> openDatabase(
    const Config& config, const DataFolder& folder, bool mustExist, DatabaseOptions options)
{
    const bool isPostgres = !config.databaseUrl.isEmpty();
    // Every server makes its CA in its folder, whichever its database.
    if (mustExist && !QFile::exists(isPostgres ? folder.path + QStringLiteral("/ca.pem") : folder.database()))
        return fail(ErrorCode::NotFound,
            "no server has run with the data folder " + folder.path.toStdString() + " yet; give it with --data-dir");
    options.path = folder.database();
    options.postgresUrl = config.databaseUrl;
    options.passwordFile = config.databasePasswordFile;
    auto database = Database::open(options);
    if (!database || !mustExist)
        return database;
    if (auto usable = (*database)->state(); !usable)
        return tl::unexpected<Error>(usable.error());
    return database;
}

QString knownUrl(const DataFolder& folder)
{
    QFile file(folder.url());
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return QString::fromUtf8(file.readLine(1'000)).trimmed();
}

} // namespace sextant::server
