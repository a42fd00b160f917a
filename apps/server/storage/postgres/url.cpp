// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/postgres/url.h"

#include <QRegularExpression>
#include <QUrl>
#include <QUrlQuery>

namespace sextant::server {

Result<void> checkPostgresUrl(const QString& text)
{
    const QUrl url(text, QUrl::StrictMode);
    if (withoutPassword(text) != text || !url.password().isEmpty())
        return fail(ErrorCode::Invalid, "the database's URL has a password: put it into a file that only the server's "
                                        "user can read, and name that in database.password_file");
    const bool isPostgres = url.scheme() == QLatin1String("postgresql") || url.scheme() == QLatin1String("postgres");
    if (!url.isValid() || !isPostgres || url.host().isEmpty() || url.userName().isEmpty() || url.path().size() < 2 ||
        url.hasFragment())
        return fail(
            ErrorCode::Invalid, "expected postgresql://USER@HOST:PORT/DATABASE, got \"" + text.toStdString() + "\"");
    return {};
}

QString withoutPassword(QString text)
{
    static const QRegularExpression kUser(QStringLiteral("(:/{2}[^/@:?]*):.*@"));
    static const QRegularExpression kParameter(
        QStringLiteral("([?&]password=)[^&#]*"), QRegularExpression::CaseInsensitiveOption);
    return text.replace(kUser, QStringLiteral("\\1:…@")).replace(kParameter, QStringLiteral("\\1…"));
}

} // namespace sextant::server
