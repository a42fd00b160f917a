// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/enrolment_tokens.h"

#include "server/auth/revocation.h"
#include "server/auth/secret.h"
#include "server/storage/database.h"
#include "server/storage/sql.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QSqlQuery>
#include <QVariant>

#include <utility>

namespace sextant::server {

EnrolmentTokens::EnrolmentTokens(Database& database, Clock clock) : m_database(database), m_clock(std::move(clock)) {}

Result<EnrolmentTokens::Made> EnrolmentTokens::create(std::int64_t validMs, const QString& note)
{
    if (validMs < kMinValidMs || validMs > kMaxValidMs)
        return fail(ErrorCode::Invalid, "validMs: expected a whole number of milliseconds from " +
                                            std::to_string(kMinValidMs) + " to " + std::to_string(kMaxValidMs) +
                                            ", got " + std::to_string(validMs));
    if (note.size() > kMaxNote || note.contains(QChar(u'\0')))
        return fail(ErrorCode::Invalid, "note: expected at most " + std::to_string(kMaxNote) + " characters of text");
    const qlonglong nowMs = m_clock();
    Made made{0, makeSecret(), nowMs + validMs};
    return m_database
        .write([&](QSqlDatabase& database) -> Result<void> {
            auto query = prepare(database,
                QStringLiteral(
                    "INSERT INTO enrolment_tokens (secret_hash, note, created_ms, expires_ms) VALUES (?, ?, ?, ?) "
                    "RETURNING id"));
            if (!query)
                return tl::unexpected<Error>(query.error());
            query->addBindValue(secretHash(made.secret));
            query->addBindValue(note.isNull() ? QLatin1String("") : note);
            query->addBindValue(nowMs);
            query->addBindValue(static_cast<qlonglong>(made.expiresMs));
            const auto id = insertReturning(*query);
            if (!id)
                return tl::unexpected<Error>(id.error());
            made.id = *id;
            return {};
        })
        .map([&] { return made; });
}

Result<std::vector<EnrolmentToken>> EnrolmentTokens::list()
{
    auto database = m_database.reader();
    if (!database)
        return tl::unexpected<Error>(database.error());
    auto query = prepare(*database,
        QStringLiteral(
            "SELECT id, note, created_ms, expires_ms, used_by, revoked_ms FROM enrolment_tokens ORDER BY id"));
    if (!query)
        return tl::unexpected<Error>(query.error());
    if (auto done = execute(*query); !done)
        return tl::unexpected<Error>(done.error());
    std::vector<EnrolmentToken> tokens;
    while (query->next()) {
        EnrolmentToken token{query->value(0).toLongLong(), query->value(1).toString(), query->value(2).toLongLong(),
            query->value(3).toLongLong(), std::nullopt, !query->value(5).isNull()};
        if (!query->value(4).isNull())
            token.usedBy = HostId{query->value(4).toLongLong()};
        tokens.push_back(std::move(token));
    }
    if (auto read = allRead(*query); !read)
        return tl::unexpected<Error>(read.error());
    return tokens;
}

Result<void> EnrolmentTokens::revoke(std::int64_t id)
{
    return revokeRow(m_database, QStringLiteral("enrolment_tokens"), id, m_clock(), "enrolment token");
}

Result<bool> EnrolmentTokens::isGood(const QByteArray& secret)
{
    auto database = m_database.reader();
    if (!database)
        return tl::unexpected<Error>(database.error());
    auto query = prepare(*database,
        QStringLiteral(
            "SELECT 1 FROM enrolment_tokens WHERE secret_hash = ? AND expires_ms > ? AND used_ms IS NULL AND "
            "revoked_ms IS NULL"));
    if (!query)
        return tl::unexpected<Error>(query.error());
    query->addBindValue(secretHash(secret));
    query->addBindValue(static_cast<qlonglong>(m_clock()));
    if (auto done = execute(*query); !done)
        return tl::unexpected<Error>(done.error());
    return nextRow(*query);
}

Result<void> EnrolmentTokens::use(QSqlDatabase& database, const QByteArray& secret, HostId host) const
{
    auto query = prepare(database,
        QStringLiteral(
            "UPDATE enrolment_tokens SET used_ms = ?, used_by = ? WHERE secret_hash = ? AND expires_ms > ? AND "
            "used_ms IS NULL AND revoked_ms IS NULL"));
    if (!query)
        return tl::unexpected<Error>(query.error());
    const qlonglong nowMs = m_clock();
    query->addBindValue(nowMs);
    query->addBindValue(static_cast<qlonglong>(host.value));
    query->addBindValue(secretHash(secret));
    query->addBindValue(nowMs);
    if (auto done = execute(*query); !done)
        return done;
    if (query->numRowsAffected() != 1)
        return fail(ErrorCode::Denied, "the enrolment token is unknown, used, revoked or expired");
    return {};
}

QByteArray tokenWord(
    const QString& url, const QByteArray& caFingerprint, const QByteArray& secret, std::int64_t expiresMs)
{
    const QJsonObject object{{QStringLiteral("url"), url}, {QStringLiteral("ca"), QString::fromLatin1(caFingerprint)},
        {QStringLiteral("secret"), QString::fromLatin1(secret)},
        {QStringLiteral("expires"), static_cast<qint64>(expiresMs)}};
    return "sextant1_" + QJsonDocument(object)
                             .toJson(QJsonDocument::Compact)
                             .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

} // namespace sextant::server
