// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/hosts/host_registry.h"

#include "server/storage/database.h"
#include "server/storage/sql.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariant>

#include <algorithm>
#include <mutex>
#include <tuple>
#include <utility>

namespace sextant::server {
namespace {

Result<void> bumpVersion(QSqlDatabase& database)
{
    return execute(database, QStringLiteral("UPDATE hosts_version SET version = version + 1"));
}

Result<std::int64_t> readVersion(QSqlDatabase& database)
{
    auto query = prepare(database, QStringLiteral("SELECT version FROM hosts_version"));
    if (!query)
        return tl::unexpected(query.error());
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    const auto found = nextRow(*query);
    if (!found)
        return tl::unexpected(found.error());
    if (!*found)
        return fail(ErrorCode::Internal, "the table hosts_version is empty");
    return query->value(0).toLongLong();
}

Result<std::vector<HostFacts>> readHosts(QSqlDatabase& database)
{
    auto query = prepare(database,
        QStringLiteral(
            "SELECT id, name, machine_id, os_family, os, kernel, architecture, agent_version, "
            "certificate_fingerprint, certificate_not_after_ms, enrolled_ms, next_fingerprint, next_not_after_ms, "
            "cloned_ms, kind FROM hosts WHERE removed_ms IS NULL"));
    if (!query)
        return tl::unexpected(query.error());
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    std::vector<HostFacts> hosts;
    while (query->next()) {
        const auto text = [&query](int column) { return query->value(column).toString(); };
        hosts.push_back(
            {HostId{query->value(0).toLongLong()}, {text(1), text(2), text(3), text(4), text(5), text(6), text(7)},
                {query->value(8).toByteArray(), query->value(9).toLongLong()}, query->value(10).toLongLong()});
        if (!query->value(11).isNull())
            hosts.back().offered = {query->value(11).toByteArray(), query->value(12).toLongLong()};
        if (!query->value(13).isNull())
            hosts.back().clonedMs = query->value(13).toLongLong();
        if (text(14) == kindName(HostKind::Source))
            hosts.back().kind = HostKind::Source;
    }
    if (auto read = allRead(*query); !read)
        return tl::unexpected(read.error());
    return hosts;
}

/// Binds them from `position` on; gives the next position. A null QString would be stored as NULL, which the table does
/// not take; an unknown text is empty.
int bindDescription(QSqlQuery& query, int position, const HostDescription& description)
{
    const QString empty = QStringLiteral("");
    for (const QString* text : {&description.name, &description.machineId, &description.osFamily, &description.os,
             &description.kernel, &description.architecture, &description.agentVersion})
        query.bindValue(position++, text->isNull() ? empty : *text);
    return position;
}

Result<HostId> insertHost(QSqlDatabase& database, const HostFacts& facts)
{
    auto query = prepare(database,
        QStringLiteral(
            "INSERT INTO hosts (name, machine_id, os_family, os, kernel, architecture, agent_version, "
            "enrolled_ms, certificate_not_after_ms, kind) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?) RETURNING id"));
    if (!query)
        return tl::unexpected(query.error());
    int position = bindDescription(*query, 0, facts.description);
    query->bindValue(position++, qint64{facts.enrolledMs});
    query->bindValue(position, kindName(facts.kind));
    const auto id = insertReturning(*query);
    if (!id)
        return tl::unexpected(id.error());
    return HostId{*id};
}

/// A change of one host, which has to be there.
Result<void> executeFor(HostId id, QSqlQuery& query)
{
    if (auto done = execute(query); !done)
        return done;
    if (query.numRowsAffected() == 0)
        return fail(ErrorCode::NotFound, "there is no host " + std::to_string(id.value));
    return {};
}

Result<void> storeDescription(QSqlDatabase& database, HostId id, const HostDescription& description)
{
    auto query = prepare(
        database, QStringLiteral("UPDATE hosts SET name = ?, machine_id = ?, os_family = ?, os = ?, kernel = ?, "
                                 "architecture = ?, agent_version = ? WHERE id = ? AND removed_ms IS NULL"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(bindDescription(*query, 0, description), qint64{id.value});
    return executeFor(id, *query);
}

Result<void> storeCertificate(QSqlDatabase& database, HostId id, const HostCertificate& certificate)
{
    if (certificate.fingerprint.size() != 32)
        return fail(ErrorCode::Internal, "a certificate's fingerprint has 32 bytes");
    auto query = prepare(database,
        QStringLiteral("UPDATE hosts SET certificate_fingerprint = ?, certificate_not_after_ms = ?, "
                       "next_fingerprint = NULL, next_not_after_ms = NULL WHERE id = ? AND removed_ms IS NULL"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, certificate.fingerprint);
    query->bindValue(1, qint64{certificate.notAfterMs});
    query->bindValue(2, qint64{id.value});
    return executeFor(id, *query);
}

Result<void> storeOffer(QSqlDatabase& database, HostId id, const HostCertificate& certificate)
{
    if (certificate.fingerprint.size() != 32)
        return fail(ErrorCode::Internal, "a certificate's fingerprint has 32 bytes");
    auto query = prepare(database, QStringLiteral("UPDATE hosts SET next_fingerprint = ?, next_not_after_ms = ? WHERE "
                                                  "id = ? AND removed_ms IS NULL"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, certificate.fingerprint);
    query->bindValue(1, qint64{certificate.notAfterMs});
    query->bindValue(2, qint64{id.value});
    return executeFor(id, *query);
}

Result<void> storeCloned(QSqlDatabase& database, HostId id, std::int64_t nowMs)
{
    auto query = prepare(database, QStringLiteral("UPDATE hosts SET cloned_ms = ? WHERE id = ? AND cloned_ms IS NULL"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, qint64{nowMs});
    query->bindValue(1, qint64{id.value});
    return execute(*query);
}

Result<void> markRemoved(QSqlDatabase& database, HostId id, std::int64_t nowMs)
{
    auto query = prepare(database,
        QStringLiteral(
            "UPDATE hosts SET removed_ms = ?, certificate_fingerprint = NULL, next_fingerprint = NULL WHERE id = ? AND "
            "removed_ms IS NULL"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, qint64{nowMs});
    query->bindValue(1, qint64{id.value});
    if (auto done = executeFor(id, *query); !done)
        return done;
    auto state = prepare(database, QStringLiteral("DELETE FROM host_state WHERE host_id = ?"));
    if (!state)
        return tl::unexpected(state.error());
    state->bindValue(0, qint64{id.value});
    return execute(*state);
}

} // namespace

QString kindName(HostKind kind)
{
    return kind == HostKind::Source ? QStringLiteral("source") : QStringLiteral("agent");
}

HostRegistry::HostRegistry(Database& database, Clock clock) : m_database(database), m_clock(std::move(clock)) {}

Result<void> HostRegistry::load()
{
    if (auto refreshed = refresh(); !refreshed)
        return tl::unexpected(refreshed.error());
    return {};
}

Result<bool> HostRegistry::refresh()
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    // Mostly nothing changed: found out without a lock, so that a slow database keeps nobody waiting.
    const auto now = readVersion(*reader);
    if (!now)
        return tl::unexpected(now.error());
    if (const std::shared_lock lock(m_mutex); *now == m_version)
        return false;
    // The version first: a change between the two reads makes the next refresh read again, never miss one. The lock is
    // held over the reads, so that what enrol() or remove() publish meanwhile is not overwritten with older rows.
    const std::unique_lock lock(m_mutex);
    const auto version = readVersion(*reader);
    if (!version)
        return tl::unexpected(version.error());
    auto hosts = readHosts(*reader);
    if (!hosts)
        return tl::unexpected(hosts.error());
    m_list.reset();
    m_hosts.clear();
    m_byFingerprint.clear();
    m_offered.clear();
    for (HostFacts& host : *hosts) {
        index(host);
        m_hosts[host.id] = std::move(host);
    }
    m_version = *version;
    return true;
}

Result<HostFacts> HostRegistry::enrol(const HostDescription& description, const Certify& certify)
{
    return add({{}, description, {}, m_clock()}, [&](QSqlDatabase& database, HostFacts& facts) -> Result<void> {
        auto certificate = certify(database, facts.id);
        if (!certificate)
            return tl::unexpected(certificate.error());
        facts.certificate = std::move(*certificate);
        return storeCertificate(database, facts.id, facts.certificate);
    });
}

Result<HostFacts> HostRegistry::addSource(const QString& name, const Also& also)
{
    HostFacts source{{}, {}, {}, m_clock()};
    source.description.name = name;
    source.kind = HostKind::Source;
    return add(source, [&](QSqlDatabase& database, HostFacts& facts) { return also(database, facts.id); });
}

Result<HostFacts> HostRegistry::add(HostFacts facts, const std::function<Result<void>(QSqlDatabase&, HostFacts&)>& also)
{
    const auto written = m_database.write([&](QSqlDatabase& database) -> Result<void> {
        const auto id = insertHost(database, facts);
        if (!id)
            return tl::unexpected(id.error());
        facts.id = *id;
        if (auto done = also(database, facts); !done)
            return done;
        return bumpVersion(database);
    });
    if (!written)
        return tl::unexpected(written.error());
    const std::unique_lock lock(m_mutex);
    m_list.reset();
    m_hosts[facts.id] = facts;
    index(facts);
    return facts;
}

Result<void> HostRegistry::change(
    HostId id, const std::function<Result<void>(QSqlDatabase&)>& store, const std::function<void(HostFacts&)>& apply)
{
    auto written = m_database.write([&](QSqlDatabase& database) -> Result<void> {
        if (auto stored = store(database); !stored)
            return stored;
        return bumpVersion(database);
    });
    if (!written)
        return written;
    const std::unique_lock lock(m_mutex);
    m_list.reset();
    if (const auto found = m_hosts.find(id); found != m_hosts.end())
        apply(found->second);
    return {};
}

Result<void> HostRegistry::remove(HostId id)
{
    return change(
        id, [&](QSqlDatabase& database) { return markRemoved(database, id, m_clock()); },
        [&](HostFacts& host) {
            forgetCertificates(host);
            m_hosts.erase(id);
        });
}

Result<void> HostRegistry::describe(HostId id, const HostDescription& description)
{
    return change(
        id, [&](QSqlDatabase& database) { return storeDescription(database, id, description); },
        [&](HostFacts& host) { host.description = description; });
}

Result<void> HostRegistry::replaceCertificate(HostId id, const HostCertificate& certificate)
{
    return change(
        id, [&](QSqlDatabase& database) { return storeCertificate(database, id, certificate); },
        [&](HostFacts& host) {
            forgetCertificates(host);
            host.certificate = certificate;
            host.offered.reset();
            index(host);
        });
}

Result<void> HostRegistry::offerCertificate(HostId id, const HostCertificate& certificate)
{
    return change(
        id, [&](QSqlDatabase& database) { return storeOffer(database, id, certificate); },
        [&](HostFacts& host) {
            forgetCertificates(host);
            host.offered = certificate;
            index(host);
        });
}

bool HostRegistry::isOffered(const QByteArray& fingerprint) const
{
    const std::shared_lock lock(m_mutex);
    return m_offered.contains(fingerprint);
}

Result<void> HostRegistry::takeOver(HostId id, const QByteArray& fingerprint)
{
    const auto host = find(id);
    if (!host || !host->offered || host->offered->fingerprint != fingerprint)
        return {};
    return replaceCertificate(id, *host->offered);
}

Result<void> HostRegistry::markCloned(HostId id)
{
    const std::int64_t now = m_clock();
    return change(
        id, [&](QSqlDatabase& database) { return storeCloned(database, id, now); },
        [&](HostFacts& host) {
            if (!host.clonedMs)
                host.clonedMs = now;
        });
}

void HostRegistry::index(const HostFacts& host)
{
    if (!host.certificate.fingerprint.isEmpty()) // a source has none
        m_byFingerprint[host.certificate.fingerprint] = host.id;
    if (!host.offered)
        return;
    m_byFingerprint[host.offered->fingerprint] = host.id;
    m_offered.insert(host.offered->fingerprint);
}

void HostRegistry::forgetCertificates(const HostFacts& host)
{
    m_byFingerprint.remove(host.certificate.fingerprint);
    if (!host.offered)
        return;
    m_byFingerprint.remove(host.offered->fingerprint);
    m_offered.remove(host.offered->fingerprint);
}

HostRegistry::HostList HostRegistry::list() const
{
    {
        const std::shared_lock lock(m_mutex);
        if (m_list)
            return m_list;
    }
    const std::unique_lock lock(m_mutex);
    if (!m_list)
        m_list = std::make_shared<const std::vector<HostFacts>>(sorted());
    return m_list;
}

std::vector<HostFacts> HostRegistry::sorted() const
{
    std::vector<const HostFacts*> order;
    order.reserve(m_hosts.size());
    for (const auto& [id, facts] : m_hosts)
        order.push_back(&facts);
    std::ranges::sort(order, [](const HostFacts* a, const HostFacts* b) {
        return std::tie(a->description.name, a->id) < std::tie(b->description.name, b->id);
    });
    std::vector<HostFacts> hosts;
    hosts.reserve(order.size());
    for (const HostFacts* facts : order)
        hosts.push_back(*facts);
    return hosts;
}

std::optional<HostFacts> HostRegistry::find(HostId id) const
{
    const std::shared_lock lock(m_mutex);
    const auto found = m_hosts.find(id);
    return found == m_hosts.end() ? std::nullopt : std::optional(found->second);
}

bool HostRegistry::contains(HostId id) const
{
    const std::shared_lock lock(m_mutex);
    return m_hosts.contains(id);
}

std::optional<HostId> HostRegistry::hostForCertificate(const QByteArray& fingerprint) const
{
    const std::shared_lock lock(m_mutex);
    const auto found = m_byFingerprint.constFind(fingerprint);
    return found == m_byFingerprint.constEnd() ? std::nullopt : std::optional(*found);
}

} // namespace sextant::server
