// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "logging/log.h"
#include "metrics/result.h"
#include "process/folders.h"
#include "server/config/remote_write.h"

#include <QString>
#include <QStringList>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sextant::server {

/// Where the server listens. `address` "*" is every address of the machine.
struct ListenAddress {
    QString address = QStringLiteral("*");
    quint16 port = 7443; ///< 0: any free one
};

/// The settings of the server, checked. Made once at start by loadConfig(), then only read. A plain value.
struct Config {
    QString dataDir = QString::fromStdString(process::stateFolder("server"));
    ListenAddress listen;
    QString databaseUrl;          ///< of PostgreSQL; empty: the SQLite file in dataDir
    QString databasePasswordFile; ///< its first line is the password for it; empty: libpq looks (~/.pgpass)
    QString publicUrl;            ///< under which agents reach the server; empty: from host name (or address) and port
    QStringList names;            ///< more names and addresses for the server's certificate
    int workers = 0;              ///< HTTP threads; 0: one per core, at least 2
    std::size_t maxConnections = 12'000;
    std::size_t maxConnectionsPerAddress = 100;
    int agentCertificateDays = 365;
    QString jwtSecretFile; ///< its first line is the secret of JSON Web Tokens; empty: none are taken
    std::size_t ingestQueueMiB = 128;
    int maintenanceSeconds = 60;                ///< between two looks for what to seal and remove; 0: without a pause
    std::int64_t rawKeptMs = 30LL * 86'400'000; ///< samples as they came, milliseconds
    std::int64_t fiveMinutesKeptMs = 180LL * 86'400'000; ///< their 5-minute buckets
    std::int64_t hoursKeptMs = 5LL * 365 * 86'400'000;   ///< their hours, and the ledger of gaps
    /// A family's own times, by tier as the three above, which hold where there is none.
    using FamilyKeptMs = std::array<std::optional<std::int64_t>, 3>;
    std::map<std::string, FamilyKeptMs, std::less<>> familiesKeptMs;
    std::int64_t snapshotsKeptMs = 30LL * 86'400'000; ///< documents such as lists of processes
    std::size_t instancesPerFamily = 4'096;           ///< of one host
    std::size_t instancesPerHost = 25'000;
    std::int64_t storeMaxBytes = 0;             ///< of the database in use; 0: as much as the disk has
    std::vector<RemoteWriteTarget> remoteWrite; ///< of the file alone
    logging::Level logLevel = logging::Level::Info;
    logging::Format logFormat = logging::Format::Logfmt;
};

/// Where settings come from. A flag wins over the environment, the environment over the file.
struct ConfigSources {
    std::map<std::string, std::string> flags;       ///< by key, e.g. "listen"
    std::map<std::string, std::string> environment; ///< all of it; names that begin with SEXTANT_SERVER_ count
    QString file;                                   ///< TOML; must exist when set
    QString defaultFile =
        QString::fromStdString(process::configFile("server")); ///< read when it exists and `file` is empty
};

/// Reads and checks all settings. Invalid with one sentence that names the place (file and line, variable or flag), the
/// setting and what was expected; a setting that does not exist is such an error.
[[nodiscard]] Result<Config> loadConfig(const ConfigSources& sources);

/// "host:port", "[::1]:7443", "*:7443". Nothing when the text is none of these.
[[nodiscard]] std::optional<ListenAddress> parseListen(const QString& text);

} // namespace sextant::server
