// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/storage/clock.h"
#include "server/storage/store.h"

#include <QString>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

namespace sextant::logging {
class Log;
}

namespace sextant::server {

class ApiKeys;
class CertificateAuthority;
class Database;
class Documents;
class EnrolmentTokens;
class Forwarder;
class GapLedger;
class GolectraValues;
class HostRegistry;
class Hub;
class Ingest;
class JwtVerifier;
class LoginGuard;
class Maintenance;
class Overview;
class PushGroups;
class RunWatch;
class RunningTotals;
class SampleSink;
class ServerMetrics;
class Sessions;
class Snapshots;
class Upkeep;
class Users;
class WorkPool;

/// What this process costs, for /metrics. Absent where it could not be read.
struct ProcessUse {
    std::optional<double> cpuSeconds;
    std::optional<std::uint64_t> residentBytes;
    std::optional<std::uint64_t> openFiles;
    double startSeconds = 0; ///< Unix time
};

/// Everything that the routes work with, wired by main and outliving the HTTP side. All of it is thread-safe.
struct Services {
    Store& store;
    const Upkeep& upkeep; ///< of the same store
    const Maintenance& maintenance;
    Ingest& ingest;
    SampleSink& sink;
    RunningTotals& totals; ///< of deltas that programs sent
    GolectraValues& golectraValues;
    PushGroups& pushGroups;
    Documents& documents;
    const Snapshots& snapshots;
    Overview& overview;
    Hub& hub;
    GapLedger& ledger;
    HostRegistry& hosts;
    RunWatch& runs;
    const CertificateAuthority& authority;
    Users& users;
    Sessions& sessions;
    EnrolmentTokens& tokens;
    ApiKeys& keys;
    LoginGuard& accountGuard;
    LoginGuard& addressGuard;
    WorkPool& passwords; ///< scrypt
    WorkPool& queries;   ///< reads of the store, writes that wait for their commit
    WorkPool& promql;    ///< PromQL, so that slow queries keep nobody but each other waiting
    ServerMetrics& metrics;
    const Database& database;
    const std::atomic<bool>& isLoaded; ///< what the database knows was read; nobody but open routes is served before
    logging::Log& log;
    Clock clock;
    QString publicUrl; ///< under which agents reach this server
    int clientCertificateDays = 365;
    std::function<ProcessUse()> processUse;
    std::function<std::size_t()> connections;
    InstanceLimits instanceLimits{};      ///< of the store
    std::int64_t storeMaxBytes = 0;       ///< how large the database may be; 0: no limit
    const JwtVerifier* jwt = nullptr;     ///< null: no JSON Web Token is taken
    const Forwarder* forwarder = nullptr; ///< null: no samples go on
};

} // namespace sextant::server
