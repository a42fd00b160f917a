// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/credential.h"

#include "server/auth/api_keys.h"

namespace sextant::server {
namespace {

QByteArray valueOf(const http::RequestHead& head, std::string_view name)
{
    const std::string* value = head.header(name);
    return value ? QByteArray::fromStdString(*value).trimmed() : QByteArray();
}

/// The password of `user:password` in Base64.
QByteArray basicPassword(const QByteArray& encoded)
{
    const QByteArray pair = QByteArray::fromBase64(encoded);
    const qsizetype colon = pair.indexOf(':');
    return colon < 0 ? QByteArray() : pair.mid(colon + 1);
}

} // namespace

QByteArray credentialOf(const http::RequestHead& head)
{
    const QByteArray value = valueOf(head, "authorization");
    const qsizetype space = value.indexOf(' ');
    const QByteArray scheme = value.left(space).toLower();
    const QByteArray rest = space < 0 ? QByteArray() : value.mid(space + 1).trimmed();
    if (scheme == "bearer")
        return rest;
    const QByteArray own = valueOf(head, "x-api-key");
    const QByteArray word = value.isEmpty()     ? (own.isEmpty() ? valueOf(head, "x-agent-secret") : own)
                            : scheme == "basic" ? basicPassword(rest)
                            : scheme == "token" ? rest
                                                : QByteArray();
    return ApiKeys::isWord(word) ? word : QByteArray();
}

} // namespace sextant::server
