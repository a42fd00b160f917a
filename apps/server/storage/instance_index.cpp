// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/instance_index.h"

#include "metrics/families.h"
#include "server/storage/sql.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QLoggingCategory>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariant>

#include <algorithm>

namespace sextant::server {
namespace {

constexpr int kNumbersAtOnce = 256;

std::size_t positionOf(const metrics::Family& family)
{
    return static_cast<std::size_t>(&family - metrics::families().data());
}

QString text(std::string_view view)
{
    return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

void join(std::string& into, std::span<const std::string> labels)
{
    into.clear();
    for (const std::string& label : labels) {
        into += label;
        into += '\0';
    }
}

} // namespace

QString labelsToJson(const metrics::Family& family, std::span<const std::string> labels)
{
    QJsonObject object;
    for (std::size_t i = 0; i < family.labels.size(); ++i)
        object.insert(text(family.labels[i]), text(labels[i]));
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

std::vector<std::string> labelsFromJson(const metrics::Family& family, const QString& json)
{
    const QJsonObject object = QJsonDocument::fromJson(json.toUtf8()).object();
    std::vector<std::string> labels;
    for (const std::string_view key : family.labels)
        labels.push_back(object.value(text(key)).toString().toStdString());
    return labels;
}

Result<std::optional<std::int64_t>> InstanceIndex::find(
    QSqlDatabase& database, HostId host, const metrics::Family& family, std::span<const std::string> labels)
{
    auto known = m_hosts.find(host);
    if (known == m_hosts.end()) {
        if (auto loaded = loadHost(database, host); !loaded)
            return tl::unexpected(loaded.error());
        known = m_hosts.find(host);
    }
    Instances& instances = known->second.families[positionOf(family)];
    join(m_key, labels);
    if (const auto found = instances.find(std::string_view(m_key)); found != instances.end())
        return found->second;
    if (instances.size() >= m_limits.of(family) || known->second.count >= m_limits.perHost)
        return std::nullopt;
    auto id = dialectOf(database) == Dialect::Postgres ? insertLater(database, host, family, labels)
                                                       : insert(database, host, family, labels);
    if (!id)
        return tl::unexpected(id.error());
    instances.emplace(m_key, *id);
    ++known->second.count;
    m_fresh.push_back({host, positionOf(family), m_key});
    return *id;
}

void InstanceIndex::forget()
{
    for (const Fresh& fresh : m_fresh) {
        if (const auto known = m_hosts.find(fresh.host); known != m_hosts.end())
            known->second.count -= known->second.families[fresh.family].erase(fresh.key);
    }
    m_fresh.clear();
    m_unwritten = {};
    m_numbers.clear(); // the sequence may have gone back, with a server that crashed
}

Result<void> InstanceIndex::write(QSqlDatabase& database)
{
    if (m_unwritten.isEmpty())
        return {};
    auto query = prepare(database,
        QStringLiteral("INSERT INTO instances (id, host_id, family, labels) SELECT id, host_id, family, labels FROM "
                       "json_populate_recordset(CAST(NULL AS instances), CAST(? AS json))"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, QString::fromUtf8(QJsonDocument(m_unwritten).toJson(QJsonDocument::Compact)));
    m_unwritten = {};
    return execute(*query);
}

Result<void> InstanceIndex::loadHost(QSqlDatabase& database, HostId host)
{
    auto query = prepare(database, QStringLiteral("SELECT id, family, labels FROM instances WHERE host_id = ?"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, qint64{host.value});
    if (auto done = execute(*query); !done)
        return done;
    Host loaded;
    loaded.families.resize(metrics::families().size());
    std::string key;
    while (query->next()) {
        const metrics::Family* family = metrics::findFamily(query->value(1).toString().toStdString());
        if (!family)
            continue; // of a catalogue newer than ours
        join(key, labelsFromJson(*family, query->value(2).toString()));
        loaded.families[positionOf(*family)].emplace(key, query->value(0).toLongLong());
        ++loaded.count;
    }
    if (auto read = allRead(*query); !read)
        return read;
    m_hosts.emplace(host, std::move(loaded));
    return {};
}

Result<std::int64_t> InstanceIndex::insert(
    QSqlDatabase& database, HostId host, const metrics::Family& family, std::span<const std::string> labels)
{
    auto query = prepare(
        database, QStringLiteral("INSERT INTO instances (host_id, family, labels) VALUES (?, ?, ?) RETURNING id"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, qint64{host.value});
    query->bindValue(1, text(family.name));
    query->bindValue(2, labelsToJson(family, labels));
    return insertReturning(*query);
}

Result<std::int64_t> InstanceIndex::insertLater(
    QSqlDatabase& database, HostId host, const metrics::Family& family, std::span<const std::string> labels)
{
    if (m_numbers.empty()) {
        auto query = select(database,
            QStringLiteral("SELECT nextval(pg_get_serial_sequence('instances', 'id')) FROM generate_series(1, %1)")
                .arg(kNumbersAtOnce));
        if (!query)
            return tl::unexpected(query.error());
        while (query->next())
            m_numbers.push_back(query->value(0).toLongLong());
        if (auto read = allRead(*query); !read)
            return tl::unexpected(read.error());
        std::ranges::reverse(m_numbers); // the smallest is taken first
    }
    const std::int64_t id = m_numbers.back();
    m_numbers.pop_back();
    m_unwritten.push_back(
        QJsonObject{{QStringLiteral("id"), qint64{id}}, {QStringLiteral("host_id"), qint64{host.value}},
            {QStringLiteral("family"), text(family.name)}, {QStringLiteral("labels"), labelsToJson(family, labels)}});
    return id;
}

} // namespace sextant::server
