// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/storage/database.h"

#include <QString>

#include <memory>

namespace sextant::server {

struct Config;

/// The files of a data folder. A plain value.
struct DataFolder {
    QString path;

    [[nodiscard]] QString database() const { return path + QStringLiteral("/sextant.db"); }
    [[nodiscard]] QString url() const { return path + QStringLiteral("/url"); }
    [[nodiscard]] QString lock() const { return path + QStringLiteral("/lock"); }
};

/// Makes the folder (mode 0700) when it is not there, and proves that it can be written. Denied when not.
[[nodiscard]] Result<DataFolder> prepareDataFolder(const QString& path);

/// Opens the database that the settings name, else the SQLite file of the folder. Commands other than run use
/// `mustExist`: NotFound when no server ever ran with the folder, Unreachable when PostgreSQL is away. Of `options`
/// what says where the database is is overwritten.
[[nodiscard]] Result<std::unique_ptr<Database>> openDatabase(
    const Config& config, const DataFolder& folder, bool mustExist, DatabaseOptions options = {});

/// The address that a server with this folder wrote when it started last; empty when there is none.
[[nodiscard]] QString knownUrl(const DataFolder& folder);

} // namespace sextant::server
