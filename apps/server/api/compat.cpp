// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/compat.h"

#include <QJsonDocument>

namespace sextant::server {

http::Response jsonOf(int status, const QJsonObject& object)
{
    return http::jsonResponse(status, QJsonDocument(object).toJson(QJsonDocument::Compact));
}

http::Response errorOf(int status, std::string_view text)
{
    return jsonOf(
        status, {{QStringLiteral("error"), QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()))}});
}

int unreadableStatus(const Error& error)
{
    return error.code == ErrorCode::TooLarge ? 413 : 400;
}

} // namespace sextant::server
