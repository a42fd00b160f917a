// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/hosts/host_id.h"
#include "server/storage/clock.h"

#include <QByteArray>
#include <QHash>
#include <QSet>
#include <QString>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

class QSqlDatabase;

namespace sextant::server {

class Database;

/// What a host says of itself, when it enrols and at each start of its agent.
struct HostDescription {
    QString name; ///< its host name
    QString machineId;
    QString osFamily; ///< "linux", "windows", "freebsd", "darwin"
    QString os;       ///< as people name it: "Debian GNU/Linux 12 (bookworm)"
    QString kernel;
    QString architecture;
    QString agentVersion;

    friend bool operator==(const HostDescription&, const HostDescription&) = default;
};

/// The client certificate that belongs to a host.
struct HostCertificate {
    QByteArray fingerprint; ///< SHA-256 of the DER, 32 bytes
    std::int64_t notAfterMs = 0;

    friend bool operator==(const HostCertificate&, const HostCertificate&) = default;
};

/// What is behind a host row.
enum class HostKind : std::uint8_t {
    Agent,  ///< a machine with an agent
    Source, ///< no machine: what an API key that is bound to no host writes. Not in the fleet's overview
};

/// The name of a kind in the table and in the API: "agent", "source".
[[nodiscard]] QString kindName(HostKind kind);

/// A host as the registry knows it. What it measured is in the store; how it is now is in Overview.
struct HostFacts {
    HostId id;
    HostDescription description;
    HostCertificate certificate;
    std::int64_t enrolledMs = 0;
    std::optional<HostCertificate> offered{}; ///< a renewed certificate that was not used yet
    std::optional<std::int64_t> clonedMs{};   ///< when two machines were first seen with its identity
    HostKind kind = HostKind::Agent;

    friend bool operator==(const HostFacts&, const HostFacts&) = default;
};

/// The hosts that may deliver, and by which certificate each is known. Written through to the table `hosts`, answered
/// from memory. Thread-safe: every function may be called on any thread; enrol() and remove() block until they are
/// committed, so never from a write job.
///
/// A removed host is gone at once: from the moment remove() returns, hostForCertificate() knows it no more. Its samples
/// stay in the file until retention drops them; nothing can ask for them. Another process (the command line) may change
/// the table as well: refresh(), called about once a second, takes such changes over.
class HostRegistry {
public:
    HostRegistry(Database& database, Clock clock);

    /// Reads the table. Once, before anything else.
    [[nodiscard]] Result<void> load();

    /// Takes over what another process changed; cheap when that is nothing. True when something changed.
    [[nodiscard]] Result<bool> refresh();

    /// Makes the certificate of a new host, and does what else belongs into the same transaction (using up the token).
    /// Runs on the writer thread. An error undoes the host as well.
    using Certify = std::function<Result<HostCertificate>(QSqlDatabase&, HostId)>;

    /// Enrols a host: its row, its certificate and what `certify` writes are one transaction. The host is known to
    /// hostForCertificate() before this returns. Errors: what `certify` gave, or those of Database::write().
    [[nodiscard]] Result<HostFacts> enrol(const HostDescription& description, const Certify& certify);

    /// Makes a source; what `also` writes is in the same transaction. Runs on the writer thread; an error undoes both.
    using Also = std::function<Result<void>(QSqlDatabase&, HostId)>;
    [[nodiscard]] Result<HostFacts> addSource(const QString& name, const Also& also);

    /// Forgets a host and its certificate. NotFound when there is none (any more).
    [[nodiscard]] Result<void> remove(HostId id);

    /// What a host says of itself now. NotFound when there is no such host.
    [[nodiscard]] Result<void> describe(HostId id, const HostDescription& description);

    /// Replaces the certificate of a host, e.g. when the agent renews it. NotFound when there is no such host.
    [[nodiscard]] Result<void> replaceCertificate(HostId id, const HostCertificate& certificate);

    /// Gives a host a renewed certificate beside the one it has, in place of one offered before. NotFound when there is
    /// no such host.
    [[nodiscard]] Result<void> offerCertificate(HostId id, const HostCertificate& certificate);
    /// Whether this is a renewed certificate that was not used yet.
    [[nodiscard]] bool isOffered(const QByteArray& fingerprint) const;
    /// The offered certificate was used: it becomes the host's only one. Nothing happens when it is not offered (any
    /// more).
    [[nodiscard]] Result<void> takeOver(HostId id, const QByteArray& fingerprint);

    /// Notes that two machines deliver as this host; the first time counts.
    [[nodiscard]] Result<void> markCloned(HostId id);

    /// Every host as it is now, sorted by name, then id; later changes do not show in it. Made anew only after a
    /// change. Never null.
    using HostList = std::shared_ptr<const std::vector<HostFacts>>;
    [[nodiscard]] HostList list() const;
    [[nodiscard]] std::optional<HostFacts> find(HostId id) const;
    [[nodiscard]] bool contains(HostId id) const;

    /// The host whose certificate, or offered certificate, has this SHA-256 (32 bytes) now. Whether the certificate is
    /// signed by our CA and still valid is for TLS to say.
    [[nodiscard]] std::optional<HostId> hostForCertificate(const QByteArray& fingerprint) const;

private:
    /// Stores a new host with what `also` writes, then knows it.
    [[nodiscard]] Result<HostFacts> add(
        HostFacts facts, const std::function<Result<void>(QSqlDatabase&, HostFacts&)>& also);
    /// Stores a change of a host, on the writer thread, and when it is durable makes it here too, under the lock; not
    /// when the host is not known here.
    [[nodiscard]] Result<void> change(HostId id, const std::function<Result<void>(QSqlDatabase&)>& store,
        const std::function<void(HostFacts&)>& apply);
    [[nodiscard]] std::vector<HostFacts> sorted() const;
    void index(const HostFacts& host);
    void forgetCertificates(const HostFacts& host);

    Database& m_database;
    Clock m_clock;
    mutable std::shared_mutex m_mutex;
    std::unordered_map<HostId, HostFacts> m_hosts;
    mutable HostList m_list;                   ///< what list() gives; null after a change
    QHash<QByteArray, HostId> m_byFingerprint; ///< offered ones too
    QSet<QByteArray> m_offered;
    std::int64_t m_version = -1; ///< of the table, as last read
};

} // namespace sextant::server
