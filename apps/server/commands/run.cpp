// SPDX-License-Identifier: GPL-3.0-or-later
#include "logging/log.h"
#include "platform/self.h"
#include "process/own_process.h"
#include "server/api/api.h"
#include "server/api/server_metrics.h"
#include "server/api/services.h"
#include "server/api/work_pool.h"
#include "server/auth/api_keys.h"
#include "server/auth/certificate_authority.h"
#include "server/auth/enrolment_tokens.h"
#include "server/auth/jwt.h"
#include "server/auth/login_guard.h"
#include "server/auth/secret.h"
#include "server/auth/server_certificate.h"
#include "server/auth/sessions.h"
#include "server/auth/users.h"
#include "server/commands/commands.h"
#include "server/commands/data_folder.h"
#include "server/config/retention.h"
#include "server/forward/forwarder.h"
#include "server/hosts/gap_ledger.h"
#include "server/hosts/host_registry.h"
#include "server/hosts/overview.h"
#include "server/hosts/restore.h"
#include "server/hosts/run_watch.h"
#include "server/http/listener.h"
#include "server/ingest/documents.h"
#include "server/ingest/ingest.h"
#include "server/ingest/sample_sink.h"
#include "server/live/hub.h"
#include "server/receivers/golectra.h"
#include "server/receivers/push_groups.h"
#include "server/receivers/running_totals.h"
#include "server/storage/clock.h"
#include "server/storage/damage.h"
#include "server/storage/database.h"
#include "server/storage/maintenance.h"
#include "server/storage/make_store.h"
#include "server/storage/snapshots.h"
#include "server/storage/transfer.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QFile>
#include <QHostAddress>
#include <QHostInfo>
#include <QLockFile>
#include <QSaveFile>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>
#include <QSslSocket>
#include <QTimer>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

namespace sextant::server {
namespace {

constexpr std::chrono::seconds kRegistryRefresh{1};
constexpr std::chrono::seconds kBeat{10};
constexpr int kBeatsPerExpiry = 360;
constexpr std::chrono::hours kCertificateCheck{12};
constexpr std::size_t kWaitingPasswords = 32;
constexpr std::size_t kWaitingQueries = 512;
constexpr std::size_t kWaitingPromql = 64;

QString urlFor(const Config& config, quint16 port)
{
    if (!config.publicUrl.isEmpty())
        return config.publicUrl.endsWith(u'/') ? config.publicUrl.chopped(1) : config.publicUrl;
    QString host = config.listen.address;
    if (host == QLatin1String("*") || QHostAddress(host) == QHostAddress::AnyIPv4 ||
        QHostAddress(host) == QHostAddress::AnyIPv6) {
        host = QHostInfo::localHostName().toLower();
        if (const QString domain = QHostInfo::localDomainName().toLower(); !domain.isEmpty())
            host += u'.' + domain;
    }
    if (host.contains(u':'))
        host = u'[' + host + u']';
    return QStringLiteral("https://%1:%2").arg(host).arg(port);
}

QSslConfiguration tlsFor(const CertificateAuthority& authority, const ServerCertificate& certificate)
{
    const QSslCertificate ca(authority.pem());
    QSslConfiguration tls;
    tls.setProtocol(QSsl::TlsV1_2OrLater);
    tls.setLocalCertificateChain({QSslCertificate(certificate.pem), ca}); // the chain holds the CA: agents look for it
    tls.setPrivateKey(QSslKey(certificate.keyPem, QSsl::Ec));
    tls.setCaCertificates({ca});
    // A client certificate is asked for and not needed; Api::verify() says whether it counts.
    tls.setPeerVerifyMode(QSslSocket::QueryPeer);
    // Connections are kept alive, so resuming sessions would gain little.
    tls.setSslOption(QSsl::SslOptionDisableSessionTickets, true);
    return tls;
}

ProcessUse processUse(platform::SelfReader& reader)
{
    ProcessUse use;
    const auto reading = reader.read();
    if (!reading)
        return use;
    use.cpuSeconds = std::chrono::duration<double>(reading->cpuTime).count();
    use.residentBytes = reading->residentBytes;
    use.openFiles = reading->openFiles;
    use.startSeconds = std::chrono::duration<double>(reading->started.time_since_epoch()).count();
    return use;
}

http::Limits limitsFor(const Config& config)
{
    http::Limits limits;
    limits.connections = config.maxConnections;
    limits.connectionsPerAddress = config.maxConnectionsPerAddress;
    return limits;
}

int workersFor(const Config& config)
{
    return config.workers > 0 ? config.workers : std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
}

/// Whether the same may succeed when the database has come.
bool isAway(const Result<void>& result)
{
    return !result && result.error().code == ErrorCode::Unreachable;
}

/// The server, wired. Built in the order in which the parts depend on one another, so that they go in reverse.
class Server {
public:
    Server(const Config& config, DataFolder folder, std::unique_ptr<Database> database, CertificateAuthority authority,
        const RunContext& context)
        : m_config(config),
          m_context(context),
          m_folder(std::move(folder)),
          m_log(context.log),
          m_database(std::move(database)),
          m_authority(std::move(authority)),
          m_store(makeStore(*m_database, systemNowMs, instanceLimits(config))),
          m_hosts(*m_database, systemNowMs),
          m_overview(m_hosts, systemNowMs),
          m_ledger(*m_database),
          m_hub(m_overview),
          m_ingest(
              *m_store, m_overview, m_ledger, m_log, systemNowMs,
              [this](HostId host, CommittedFrames frames) { m_hub.publish(host, std::move(frames.current)); },
              ingestLimits(config)),
          m_documents(m_snapshots, m_log, systemNowMs, {.keptMs = config.snapshotsKeptMs}),
          m_users(*m_database, systemNowMs),
          m_sessions(*m_database, systemNowMs),
          m_tokens(*m_database, systemNowMs),
          m_keys(*m_database, m_hosts, systemNowMs),
          m_passwords(1, kWaitingPasswords),
          m_queries(std::max(2, workersFor(config)), kWaitingQueries),
          m_promql(std::max(2, workersFor(config)), kWaitingPromql),
          m_services{*m_store, *m_store, m_maintenance, m_ingest, m_sink, m_totals, m_golectraValues, m_pushGroups,
              m_documents, m_snapshots, m_overview, m_hub, m_ledger, m_hosts, m_runs, m_authority, m_users, m_sessions,
              m_tokens, m_keys, m_accountGuard, m_addressGuard, m_passwords, m_queries, m_promql, m_metrics,
              *m_database, m_isLoaded, m_log, systemNowMs, QString(), config.agentCertificateDays,
              [this] { return readProcessUse(); }, [this] { return m_listener.connections(); }, instanceLimits(config),
              config.storeMaxBytes},
          m_api(m_services),
          m_listener(limitsFor(config), m_api, workersFor(config))
    {
    }
    ~Server() { stopAll(); }

    /// Also when the database is away: then everybody is asked to try again until it comes.
    Result<void> start()
    {
        if (!m_config.jwtSecretFile.isEmpty()) {
            auto verifier = JwtVerifier::fromFile(m_config.jwtSecretFile);
            if (!verifier)
                return tl::unexpected<Error>(verifier.error());
            m_services.jwt = &m_jwt.emplace(std::move(*verifier));
        }
        if (auto forwarding = startForwarding(); !forwarding)
            return forwarding;
        watchDatabase();
        m_hub.start();
        if (auto loaded = load(); !loaded && !isAway(loaded))
            return loaded;
        if (auto listening = listen(); !listening)
            return listening;
        announce();
        if (auto welcomed = welcome(); !welcomed && !isAway(welcomed))
            return welcomed;
        if (auto written = writeUrl(); !written)
            return written;
        QObject::connect(&m_refresh, &QTimer::timeout, &m_refresh, [this] {
            m_ingest.answerOverdue();
            m_documents.answerOverdue();
            watchDatabase();
            catchUp();
            logDamage();
        });
        m_refresh.start(kRegistryRefresh);
        QObject::connect(&m_beat, &QTimer::timeout, &m_beat, [this] { keepLedger(); });
        m_beat.start(kBeat);
        QObject::connect(&m_certificateCheck, &QTimer::timeout, &m_certificateCheck, [this] { renewCertificate(); });
        m_certificateCheck.start(kCertificateCheck);
        return {};
    }

    /// Finishes requests in flight, then calls `done`.
    void stop(const std::function<void()>& done)
    {
        QFile::remove(m_folder.url());
        QObject::connect(&m_listener, &http::Listener::stopped, &m_listener, done);
        m_listener.stop();
    }

private:
    static IngestLimits ingestLimits(const Config& config)
    {
        IngestLimits limits;
        limits.queueBytes = config.ingestQueueMiB << 20;
        limits.admission.keptMs = config.rawKeptMs;
        for (const auto& [family, own] : config.familiesKeptMs)
            limits.admission.familiesKeptMs[family] = keptMsOf(config, family).front();
        return limits;
    }

    static InstanceLimits instanceLimits(const Config& config)
    {
        InstanceLimits limits;
        limits.perFamily = config.instancesPerFamily;
        limits.perHost = config.instancesPerHost;
        return limits;
    }

    static Maintenance::Options storeOptions(const Config& config, Snapshots& snapshots)
    {
        Retention retention{keptMsOf(config, {}), {}};
        for (const auto& [family, own] : config.familiesKeptMs)
            retention.families[family] = keptMsOf(config, family);
        return {.retention = std::move(retention),
            .maxBytes = config.storeMaxBytes,
            .every = std::chrono::seconds(config.maintenanceSeconds),
            .snapshotsKeptMs = config.snapshotsKeptMs,
            .removeSnapshots = [&snapshots](std::int64_t beforeMs) { return snapshots.expire(beforeMs); }};
    }

    Maintenance::Told storeNews()
    {
        return {.failed =
                    [this](const std::string& what, const Error& error) {
                        if (m_database->state()) // said already that it is away
                            m_log.warning("storage", what, {{"error", error.message}});
                    },
            .evicted = [this](const Evicted& evicted) { logEviction(evicted); }};
    }

    static std::string timeText(std::int64_t timeMs)
    {
        return QDateTime::fromMSecsSinceEpoch(timeMs, Qt::UTC).toString(Qt::ISODate).toStdString();
    }

    void logDamage()
    {
        for (const auto& [key, why] : takeNewDamage())
            m_log.error("storage",
                key.family ? "a stored block is damaged and left out of what is read; nothing else is touched, and it "
                             "stays until it expires: check the disk, and see whether a backup from before has it"
                           : "recent samples are damaged and left out of what is read and sealed; nothing else is "
                             "touched: check the disk",
                {{"host_id", std::to_string(key.host.value)},
                    {"family", key.family ? std::string(key.family->name) : "all"},
                    {"tier", std::string(tierName(key.tier))}, {"from", timeText(key.startMs)},
                    {"to", timeText(key.startMs + blockMs(key.tier))}, {"error", why}});
    }

    void logEviction(const Evicted& evicted)
    {
        m_log.warning("storage",
            "removed old samples before their time to stay within storage.max_bytes: raise it, or shorten retention",
            {{"tier", std::string(tierName(evicted.tier))}, {"from", timeText(evicted.fromMs)},
                {"to", timeText(evicted.toMs)}, {"blocks", std::to_string(evicted.blocks)},
                {"used_bytes", std::to_string(evicted.usedBytes)}});
    }

    Result<void> startForwarding()
    {
        if (m_config.remoteWrite.empty())
            return {};
        auto forwarder = Forwarder::open(m_folder.path, m_config.remoteWrite, m_hosts, m_log, systemNowMs);
        if (!forwarder)
            return tl::unexpected<Error>(forwarder.error());
        m_forwarder = std::move(*forwarder);
        m_services.forwarder = m_forwarder.get();
        m_ingest.setStored([this](std::span<const StoredFrames> stored) { m_forwarder->take(stored); });
        m_forwarder->start();
        return {};
    }

    QStringList certificateNames() const { return namesOfThisMachine() + m_config.names; }

    Result<QSslConfiguration> currentTls()
    {
        const auto certificate = ensureServerCertificate(m_authority, m_folder.path, certificateNames(), systemNowMs());
        if (!certificate)
            return tl::unexpected<Error>(certificate.error());
        if (certificate->isNew)
            m_log.info("tls", "made a new server certificate",
                {{"until", QDateTime::fromMSecsSinceEpoch(certificate->notAfterMs, Qt::UTC)
                               .toString(Qt::ISODate)
                               .toStdString()}});
        return tlsFor(m_authority, *certificate);
    }

    Result<void> listen()
    {
        const auto tls = currentTls();
        if (!tls)
            return tl::unexpected<Error>(tls.error());
        const bool everywhere = m_config.listen.address == QLatin1String("*");
        const QHostAddress address =
            everywhere ? QHostAddress(QHostAddress::Any) : QHostAddress(m_config.listen.address);
        if (auto opened = m_listener.open(address, m_config.listen.port, *tls); !opened)
            return opened;
        m_services.publicUrl = urlFor(m_config, m_listener.port());
        m_log.info("server", "ready", {{"url", m_services.publicUrl.toStdString()}, {"version", SEXTANT_VERSION}});
        return {};
    }

    /// Says where the server is.
    void announce()
    {
        m_context.say("Sextant server " SEXTANT_VERSION " is " +
                      std::string(m_isLoaded ? "ready" : "waiting for its database") +
                      ".\n\n  address: " + m_services.publicUrl.toStdString() +
                      "\n  CA fingerprint: " + m_authority.fingerprint().toStdString() + "\n");
    }

    /// At the first start makes the admin and a token, and shows them this once.
    Result<void> welcome()
    {
        const auto users = m_users.list();
        if (!users)
            return tl::unexpected<Error>(users.error());
        if (users->empty()) {
            const QByteArray password = makePassword();
            if (auto added = m_users.add(QStringLiteral("admin"), Role::Admin, password); !added)
                return added;
            const auto token = m_tokens.create(EnrolmentTokens::kDefaultValidMs, QStringLiteral("first start"));
            if (!token)
                return tl::unexpected<Error>(token.error());
            const std::string word =
                tokenWord(m_services.publicUrl, m_authority.fingerprint(), token->secret, token->expiresMs)
                    .toStdString();
            auto told = m_context.confide(
                "  admin user: admin\n  admin password: " + password.toStdString() + "\n  enrolment token: " + word +
                "\n\nThe password is shown only this once. The token is good for one host, for 24 hours. "
                "To add a host, run there:\n\n  sextant-agent enroll " +
                word + "\n\nMore tokens: sextant-server token create --data-dir " + m_folder.path.toStdString() + "\n");
            if (!told)
                return told;
        }
        m_isWelcomed = true;
        return {};
    }

    /// Reads what the database knows, then serves. Again from the beginning after an error.
    Result<void> load()
    {
        if (auto finished = Transfer::checkFinished(*m_database); !finished)
            return finished;
        if (auto loaded = m_hosts.load(); !loaded)
            return loaded;
        if (auto restored = restoreOverview(m_overview, m_hosts, *m_store); !restored)
            return restored;
        if (auto loaded = m_ledger.load(); !loaded)
            return loaded;
        if (auto beaten = m_ledger.beat(systemNowMs()); !beaten)
            return beaten;
        m_ingest.start();
        m_documents.start();
        m_maintenance.start();
        m_isLoaded = true;
        return {};
    }

    /// Says once that the database went and why, and once that it is back.
    void watchDatabase()
    {
        const auto state = m_database->state();
        const std::string reason = state ? std::string() : state.error().message;
        if (reason == m_away)
            return;
        if (reason.empty())
            m_log.info("storage", "the database is there again");
        else
            m_log.error("storage", "the database is away: everybody is asked to try again", {{"error", reason}});
        m_away = reason;
    }

    /// In the pool: takes over what other processes changed in the database, or what it knows when it was away before.
    void catchUp()
    {
        if (!m_database->state() || m_isCatchingUp.exchange(true))
            return;
        const bool posted = m_queries.post([this] {
            auto done = m_isLoaded ? m_hosts.refresh().map([](bool) {}) : load();
            if (done && !m_isWelcomed)
                done = welcome();
            if (!done)
                m_log.warning("storage", "cannot read what the database knows", {{"error", done.error().message}});
            m_isCatchingUp = false;
        });
        if (!posted)
            m_isCatchingUp = false;
    }

    Result<void> writeUrl()
    {
        QSaveFile file(m_folder.url());
        const QByteArray line = m_services.publicUrl.toUtf8() + '\n';
        if (!file.open(QIODevice::WriteOnly) || file.write(line) != line.size() || !file.commit())
            return fail(ErrorCode::Io,
                "cannot write " + m_folder.url().toStdString() + ": " + file.errorString().toStdString());
        return {};
    }

    /// In the pool: it waits for its commit. When the pool is full the next beat makes up for it.
    void keepLedger()
    {
        if (!m_isLoaded || !m_database->state())
            return;
        const bool expires = ++m_beats % kBeatsPerExpiry == 0;
        (void)m_queries.post([this, expires] {
            const std::int64_t now = systemNowMs();
            auto done = m_ledger.beat(now);
            if (done && expires)
                done = m_ledger.expire(now - m_config.hoursKeptMs);
            if (!done)
                m_log.warning("ledger", "cannot write the ledger of gaps", {{"error", done.error().message}});
        });
    }

    void renewCertificate()
    {
        const auto tls = currentTls();
        if (tls)
            m_listener.setTls(*tls);
        else
            m_log.error("tls", "cannot renew the server certificate", {{"error", tls.error().message}});
    }

    ProcessUse readProcessUse()
    {
        const std::scoped_lock lock(m_selfMutex);
        return processUse(m_self);
    }

    void stopAll()
    {
        m_passwords.stop();
        m_queries.stop(); // which may start the next ones
        m_promql.stop();
        m_maintenance.stop();
        m_documents.stop(); // which hands on to ingest
        m_ingest.stop();
        if (m_forwarder)
            m_forwarder->stop();
        m_hub.stop();
    }

    const Config& m_config;
    const RunContext& m_context;
    const DataFolder m_folder;
    logging::Log& m_log;
    std::unique_ptr<Database> m_database;
    CertificateAuthority m_authority;
    const std::unique_ptr<SqlStore> m_store;
    Snapshots m_snapshots{*m_database};
    Maintenance m_maintenance{*m_store, systemNowMs, storeOptions(m_config, m_snapshots), storeNews()};
    std::atomic<bool> m_isLoaded = false;
    std::atomic<bool> m_isCatchingUp = false;
    std::atomic<bool> m_isWelcomed = false;
    std::string m_away; ///< why the database is away, as was said last; empty: it is there
    HostRegistry m_hosts;
    RunWatch m_runs;
    Overview m_overview;
    GapLedger m_ledger;
    Hub m_hub;
    std::unique_ptr<Forwarder> m_forwarder; ///< null: no samples go on
    Ingest m_ingest;
    SampleSink m_sink{m_ingest, systemNowMs};
    RunningTotals m_totals{systemNowMs};
    GolectraValues m_golectraValues;
    PushGroups m_pushGroups;
    Documents m_documents;
    Users m_users;
    Sessions m_sessions;
    EnrolmentTokens m_tokens;
    ApiKeys m_keys;
    std::optional<JwtVerifier> m_jwt;
    LoginGuard m_accountGuard;
    LoginGuard m_addressGuard;
    WorkPool m_passwords;
    WorkPool m_queries;
    WorkPool m_promql;
    ServerMetrics m_metrics;
    std::mutex m_selfMutex;
    platform::SelfReader m_self;
    Services m_services;
    Api m_api;
    http::Listener m_listener;
    QTimer m_refresh;
    QTimer m_beat;
    int m_beats = 0;
    QTimer m_certificateCheck;
};

} // namespace

Result<int> runServer(const Config& config, const RunContext& context)
{
    logging::Log& log = context.log;
    if (const auto descriptors = process::raiseDescriptorLimit();
        descriptors && *descriptors < config.maxConnections + 100)
        log.warning("server", "the system allows fewer open files than there may be connections",
            {{"files", std::to_string(*descriptors)}, {"connections", std::to_string(config.maxConnections)}});

    auto folder = prepareDataFolder(config.dataDir);
    if (!folder)
        return tl::unexpected<Error>(folder.error());
    QLockFile lock(folder->lock());
    lock.setStaleLockTime(0);
    if (!lock.tryLock(0))
        return fail(ErrorCode::Conflict, "another server runs with the data folder " + folder->path.toStdString());
    QFile::remove(folder->url());
    auto database = openDatabase(config, *folder, false);
    if (!database)
        return tl::unexpected<Error>(database.error());
    auto authority = CertificateAuthority::openOrCreate(folder->path, systemNowMs());
    if (!authority)
        return tl::unexpected<Error>(authority.error());

    Server server(config, *folder, std::move(*database), std::move(*authority), context);
    if (auto started = server.start(); !started)
        return tl::unexpected<Error>(started.error());
    QObject::connect(&context.termination, &Termination::requested, &context.termination, [&] {
        log.info("server", "stopping");
        server.stop([] { QCoreApplication::quit(); });
    });
    QCoreApplication::exec();
    log.info("server", "stopped");
    return kExitOk;
}

} // namespace sextant::server
