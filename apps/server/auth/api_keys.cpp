// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/api_keys.h"

#include "metrics/utf8.h"
#include "server/auth/revocation.h"
#include "server/auth/secret.h"
#include "server/hosts/host_registry.h"
#include "server/storage/database.h"
#include "server/storage/sql.h"

#include <QSqlQuery>
#include <QVariant>

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

namespace sextant::server {
namespace {

constexpr char kPrefix[] = "sxk_";
const QString kColumns =
    QStringLiteral("id, name, may_read, may_ingest, host_id, labels, created_ms, last_used_ms, revoked_ms, must_sign");

Result<void> checkLabels(const metrics::Labels& labels)
{
    if (labels.size() > ApiKeys::kMaxLabels)
        return fail(ErrorCode::Invalid, "labels: expected at most " + std::to_string(ApiKeys::kMaxLabels) + " of them");
    for (const metrics::Label& label : labels) {
        const bool isGood = metrics::isLabelName(label.name) && label.name != "__name__" && !label.value.empty() &&
                            metrics::isText(label.value) &&
                            std::max(label.name.size(), label.value.size()) <= ApiKeys::kMaxLabelBytes;
        if (!isGood)
            return fail(ErrorCode::Invalid, "labels: \"" + label.name +
                                                "\" is no name of a label with a value of 1 to " +
                                                std::to_string(ApiKeys::kMaxLabelBytes) + " bytes");
    }
    return {};
}

Result<void> check(const ApiKey& wanted)
{
    const bool isClean = std::ranges::none_of(wanted.name, [](QChar c) { return c.unicode() < 0x20; });
    if (wanted.name.isEmpty() || wanted.name.size() > ApiKeys::kMaxName || !isClean)
        return fail(ErrorCode::Invalid,
            "name: expected 1 to " + std::to_string(ApiKeys::kMaxName) + " characters without control characters");
    if (!wanted.mayRead && !wanted.mayIngest)
        return fail(ErrorCode::Invalid, "rights: expected read, ingest or both");
    if (!wanted.mayIngest && (wanted.host || !wanted.labels.empty()))
        return fail(ErrorCode::Invalid, "rights: a host and labels are for keys that may ingest");
    if (wanted.mustSign && (wanted.mayRead || !wanted.mayIngest))
        return fail(ErrorCode::Invalid, "signed: a key that must sign may ingest and nothing else");
    return checkLabels(wanted.labels);
}

/// Gives the key its number.
Result<void> insert(QSqlDatabase& database, ApiKey& key, const QByteArray& hash)
{
    auto query = prepare(database,
        QStringLiteral("INSERT INTO api_keys (secret_hash, name, may_read, may_ingest, host_id, labels, created_ms, "
                       "must_sign) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"));
    if (!query)
        return tl::unexpected<Error>(query.error());
    query->addBindValue(hash);
    query->addBindValue(key.name);
    query->addBindValue(key.mayRead ? 1 : 0);
    query->addBindValue(key.mayIngest ? 1 : 0);
    query->addBindValue(
        key.host ? QVariant(static_cast<qlonglong>(key.host->value)) : QVariant(QMetaType(QMetaType::LongLong)));
    const std::string labels = metrics::labelText(key.labels);
    query->addBindValue(QString::fromUtf8(labels.data(), static_cast<qsizetype>(labels.size())));
    query->addBindValue(static_cast<qlonglong>(key.createdMs));
    query->addBindValue(key.mustSign ? 1 : 0);
    const auto id = insertReturning(*query);
    if (!id)
        return tl::unexpected<Error>(id.error());
    key.id = *id;
    return {};
}

/// A row of kColumns.
Result<ApiKey> readKey(const QSqlQuery& query)
{
    const auto number = [&query](int column) {
        const QVariant value = query.value(column);
        return value.isNull() ? std::nullopt : std::optional<std::int64_t>(value.toLongLong());
    };
    auto labels = metrics::parseLabelText(query.value(5).toString().toStdString());
    if (!labels)
        return fail(ErrorCode::Internal, "the labels of an API key cannot be read: " + labels.error().message);
    ApiKey key{query.value(0).toLongLong(), query.value(1).toString(), query.value(2).toInt() != 0,
        query.value(3).toInt() != 0, std::nullopt, std::move(*labels), query.value(6).toLongLong(), number(7),
        number(8).has_value(), query.value(9).toInt() != 0};
    if (const auto host = number(4))
        key.host = HostId{*host};
    return key;
}

bool isSame(const QByteArray& a, const QByteArray& b)
{
    return a.size() == b.size() && CRYPTO_memcmp(a.constData(), b.constData(), static_cast<std::size_t>(a.size())) == 0;
}

} // namespace

ApiKeys::ApiKeys(Database& database, HostRegistry& hosts, Clock clock)
    : m_database(database), m_hosts(hosts), m_clock(std::move(clock))
{
}

Result<ApiKeys::Made> ApiKeys::create(const ApiKey& wanted)
{
    if (auto checked = check(wanted); !checked)
        return tl::unexpected<Error>(checked.error());
    ApiKey key{0, wanted.name, wanted.mayRead, wanted.mayIngest, wanted.host, wanted.labels, m_clock(), std::nullopt,
        false, wanted.mustSign};
    if (auto arranged = metrics::arrange(key.labels); !arranged)
        return fail(ErrorCode::Invalid, "labels: " + arranged.error().message);
    if (key.host && !m_hosts.contains(*key.host))
        return fail(ErrorCode::NotFound, "there is no host " + std::to_string(key.host->value));
    const QByteArray secret = makeSecret();
    const QByteArray hash = secretHash(secret);
    Result<void> written;
    if (key.mayIngest && !key.host) {
        written = m_hosts
                      .addSource(key.name,
                          [&](QSqlDatabase& database, HostId source) {
                              key.host = source;
                              return insert(database, key, hash);
                          })
                      .map([](const HostFacts&) {});
    } else {
        written = m_database.write([&](QSqlDatabase& database) { return insert(database, key, hash); });
    }
    if (!written)
        return tl::unexpected<Error>(written.error());
    return Made{key, kPrefix + QByteArray::number(static_cast<qlonglong>(key.id)) + '_' + secret};
}

Result<std::vector<ApiKey>> ApiKeys::list()
{
    auto database = m_database.reader();
    if (!database)
        return tl::unexpected<Error>(database.error());
    auto query = prepare(*database, QStringLiteral("SELECT %1 FROM api_keys ORDER BY id").arg(kColumns));
    if (!query)
        return tl::unexpected<Error>(query.error());
    if (auto done = execute(*query); !done)
        return tl::unexpected<Error>(done.error());
    std::vector<ApiKey> keys;
    while (query->next()) {
        auto key = readKey(*query);
        if (!key)
            return tl::unexpected<Error>(key.error());
        keys.push_back(std::move(*key));
    }
    if (auto read = allRead(*query); !read)
        return tl::unexpected<Error>(read.error());
    return keys;
}

Result<void> ApiKeys::revoke(std::int64_t id)
{
    return revokeRow(m_database, QStringLiteral("api_keys"), id, m_clock(), "API key");
}

bool ApiKeys::isWord(const QByteArray& credential)
{
    return credential.startsWith(kPrefix);
}

Result<std::optional<ApiKey>> ApiKeys::find(const QByteArray& word)
{
    const QList<QByteArray> parts = word.left(128).split('_'); // the secret may hold some too
    bool isNumber = false;
    const qlonglong id = parts.value(1).toLongLong(&isNumber);
    if (!isWord(word) || parts.size() < 3 || !isNumber)
        return std::nullopt;
    auto database = m_database.reader();
    if (!database)
        return tl::unexpected<Error>(database.error());
    auto query = prepare(*database,
        QStringLiteral("SELECT %1, secret_hash FROM api_keys WHERE id = ? AND revoked_ms IS NULL").arg(kColumns));
    if (!query)
        return tl::unexpected<Error>(query.error());
    query->addBindValue(id);
    if (auto done = execute(*query); !done)
        return tl::unexpected<Error>(done.error());
    const QByteArray secret = word.mid(parts[0].size() + parts[1].size() + 2);
    const auto found = nextRow(*query);
    if (!found)
        return tl::unexpected<Error>(found.error());
    if (!*found || !isSame(query->value(10).toByteArray(), secretHash(secret)))
        return std::nullopt;
    return readKey(*query).map([](ApiKey key) { return std::optional(std::move(key)); });
}

bool ApiKeys::isDue(const ApiKey& key) const
{
    return !key.lastUsedMs || m_clock() - *key.lastUsedMs >= kUseMs;
}

Result<void> ApiKeys::noteUse(std::int64_t id)
{
    return m_database.write([&](QSqlDatabase& database) -> Result<void> {
        auto query = prepare(database, QStringLiteral("UPDATE api_keys SET last_used_ms = ? WHERE id = ?"));
        if (!query)
            return tl::unexpected<Error>(query.error());
        const std::int64_t now = m_clock();
        query->addBindValue(static_cast<qlonglong>(now - now % 60'000));
        query->addBindValue(static_cast<qlonglong>(id));
        return execute(*query);
    });
}

} // namespace sextant::server
