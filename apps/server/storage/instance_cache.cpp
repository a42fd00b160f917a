// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/instance_cache.h"

#include "server/storage/instance_index.h"
#include "server/storage/sql.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariant>

#include <vector>

namespace sextant::server {
namespace {

Result<std::int64_t> newestNumber(QSqlDatabase& reader)
{
    auto query = prepare(reader, QStringLiteral("SELECT coalesce(max(id), 0) FROM instances"));
    if (!query)
        return tl::unexpected(query.error());
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    if (!query->next())
        return tl::unexpected(sqlError(*query, "looking for new instances"));
    return query->value(0).toLongLong();
}

/// Adds the instances whose numbers are in (after, upTo].
Result<void> readMore(QSqlDatabase& reader, HostId host, const metrics::Family& family, std::int64_t after,
    std::int64_t upTo, std::vector<Instance>& instances)
{
    // The plus keeps SQLite from going through all instances of the host when only the new ones are looked at.
    auto query = prepare(reader,
        after == 0
            ? QStringLiteral("SELECT id, labels FROM instances WHERE host_id = ? AND family = ? AND id > ? AND id <= ?")
            : QStringLiteral("SELECT id, labels FROM instances WHERE +host_id = ? AND family = ? AND id "
                             "> ? AND id <= ?"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, qint64{host.value});
    query->bindValue(1, QString::fromUtf8(family.name.data(), static_cast<qsizetype>(family.name.size())));
    query->bindValue(2, qint64{after});
    query->bindValue(3, qint64{upTo});
    if (auto done = execute(*query); !done)
        return done;
    while (query->next())
        instances.push_back({query->value(0).toLongLong(), labelsFromJson(family, query->value(1).toString())});
    return allRead(*query);
}

} // namespace

Result<InstanceList> InstanceCache::instances(QSqlDatabase& reader, HostId host, const metrics::Family& family)
{
    const Key key{host.value, &family};
    Known known = find(key);
    const auto newest = newestNumber(reader);
    if (!newest)
        return tl::unexpected(newest.error());
    if (*newest <= known.upTo)
        return known.list;
    std::vector<Instance> all(known.list.begin(), known.list.end());
    if (auto read = readMore(reader, host, family, known.upTo, *newest, all); !read)
        return tl::unexpected(read.error());
    if (all.size() > known.list.size())
        known.list = std::move(all);
    known.upTo = *newest;
    keep(key, known);
    return known.list;
}

InstanceCache::Known InstanceCache::find(const Key& key)
{
    const std::scoped_lock lock(m_mutex);
    const auto at = m_known.find(key);
    return at == m_known.end() ? Known{} : at->second;
}

void InstanceCache::keep(const Key& key, const Known& known)
{
    const std::scoped_lock lock(m_mutex);
    if (const auto at = m_known.find(key); at != m_known.end()) {
        if (at->second.upTo >= known.upTo)
            return; // another reader was faster
        m_held -= at->second.list.size();
        m_known.erase(at);
    }
    if (m_held + known.list.size() > kHeld) {
        m_known.clear();
        m_held = 0;
    }
    m_held += known.list.size();
    m_known.emplace(key, known);
}

} // namespace sextant::server
