// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The route table without HTTP: the services of a server, and a good request for every route.
#include "logging/log.h"
#include "server/api/routes.h"
#include "server/api/server_metrics.h"
#include "server/api/services.h"
#include "server/api/work_pool.h"
#include "server/auth/api_keys.h"
#include "server/auth/certificate_authority.h"
#include "server/auth/enrolment_tokens.h"
#include "server/auth/login_guard.h"
#include "server/auth/users.h"
#include "server/hosts/gap_ledger.h"
#include "server/hosts/host_registry.h"
#include "server/hosts/overview.h"
#include "server/hosts/run_watch.h"
#include "server/http/response.h"
#include "server/ingest/documents.h"
#include "server/ingest/ingest.h"
#include "server/ingest/sample_sink.h"
#include "server/live/hub.h"
#include "server/receivers/golectra.h"
#include "server/receivers/push_groups.h"
#include "server/receivers/running_totals.h"
#include "server/storage/database.h"
#include "server/storage/maintenance.h"
#include "server/storage/make_store.h"
#include "server/storage/snapshots.h"
#include "server/storage/sql_store.h"

#include <QFile>
#include <QTemporaryDir>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sextant::server {

/// The services of a server as the program wires them, with the host web01, on a database that can be taken away.
class Parts {
public:
    /// `queueBytes`: of ingest.
    explicit Parts(const QString& folder, std::size_t queueBytes = IngestLimits().queueBytes)
        : ingestLimits{.queueBytes = queueBytes},
          path(folder + QStringLiteral("/test.db")),
          database(Database::open({.path = path}).value()),
          authority(CertificateAuthority::openOrCreate(folder, systemNowMs()).value())
    {
        ingest.start();
        HostDescription description;
        description.name = QStringLiteral("web01");
        const auto enrolled = hosts.enrol(description, [](QSqlDatabase&, HostId) -> Result<HostCertificate> {
            return HostCertificate{QByteArray(32, 'a'), 1};
        });
        host = enrolled->id;
    }

    /// The host was heard of just now: of one that is silent nothing is read.
    void hearOfHost()
    {
        HostState heard;
        heard.lastSeenMs = systemNowMs();
        overview.update(host, heard);
    }

    /// Hands the route's handler that request and waits for the answer; status 0: none came. `isGone`: the client went
    /// away when it had asked.
    [[nodiscard]] http::Response ask(const Route& route, Call call, bool isGone = false);

    /// Makes batches wait until so many do that no more are taken, for as long as the answer lives.
    [[nodiscard]] std::unique_lock<std::mutex> fillQueue();
    /// The newest sample of every series of metrics of applications that the host has, by `name{labels}`.
    [[nodiscard]] std::map<std::string, double> newest();

    /// The file is gone and the writer with it.
    void takeDatabaseAway()
    {
        database->stop();
        for (const char* suffix : {"", "-wal", "-shm"})
            QFile::remove(path + QLatin1String(suffix));
    }

    const IngestLimits ingestLimits;
    std::mutex gate;                    ///< ingest stores nothing more while it is held
    std::atomic<bool> isAtGate = false; ///< ingest has stored a batch and waits for the gate, or is about to
    const QString path;
    std::unique_ptr<Database> database;
    CertificateAuthority authority;
    std::mutex loggedGate;
    std::vector<std::string> logged; ///< errors
    logging::Log log{logging::Level::Error, logging::Format::Logfmt, [this](logging::Level, std::string_view line) {
                         const std::lock_guard lock(loggedGate);
                         logged.emplace_back(line);
                     }};
    const std::unique_ptr<SqlStore> owned = makeStore(*database, systemNowMs);
    SqlStore& store = *owned;
    Maintenance maintenance{store, systemNowMs, {}, {}};
    HostRegistry hosts{*database, systemNowMs};
    RunWatch runs;
    Overview overview{hosts, systemNowMs};
    GapLedger ledger{*database};
    Hub hub{overview};
    Ingest ingest{store, overview, ledger, log, systemNowMs,
        [this](HostId, CommittedFrames) {
            isAtGate = true;
            const std::lock_guard wait(gate);
            isAtGate = false;
        },
        ingestLimits};
    SampleSink sink{ingest, systemNowMs};
    RunningTotals totals{systemNowMs};
    GolectraValues golectraValues;
    PushGroups pushGroups;
    Snapshots snapshots{*database};
    Documents documents{snapshots, log, systemNowMs, {}};
    Users users{*database, systemNowMs};
    Sessions sessions{*database, systemNowMs};
    EnrolmentTokens tokens{*database, systemNowMs};
    ApiKeys keys{*database, hosts, systemNowMs};
    LoginGuard accountGuard;
    LoginGuard addressGuard;
    WorkPool passwords{1, 4};
    WorkPool queries{1, 4};
    WorkPool promql{1, 4};
    ServerMetrics metrics;
    std::atomic<bool> isLoaded = true;
    Services services{store, store, maintenance, ingest, sink, totals, golectraValues, pushGroups, documents, snapshots,
        overview, hub, ledger, hosts, runs, authority, users, sessions, tokens, keys, accountGuard, addressGuard,
        passwords, queries, promql, metrics, *database, isLoaded, log, systemNowMs,
        QStringLiteral("https://localhost:1"), 365, [] { return ProcessUse{}; }, [] { return std::size_t{0}; }};
    HostId host;
};

/// A good request for the route, by somebody who may. What its body writes has the label host="h", but for Golectra's
/// kind, which knows no labels.
[[nodiscard]] Call goodCall(const Route& route, HostId host);

/// Whether a request of the route writes samples of programs.
[[nodiscard]] bool writesSamples(const Route& route);

/// A row of test data for each route: "index", its place in routes().
void addRouteRows();

} // namespace sextant::server
