// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/uplink/server_address.h"

#include <QUrl>

namespace sextant::agent {

std::string ServerAddress::text() const
{
    const QString shown = host.contains(u':') ? u'[' + host + u']' : host;
    return shown.toStdString() + ':' + std::to_string(port);
}

Result<ServerAddress> parseServerAddress(const std::string& url)
{
    const QUrl parsed(QString::fromStdString(url), QUrl::StrictMode);
    const bool bare = (parsed.path().isEmpty() || parsed.path() == u"/") && !parsed.hasQuery() &&
                      !parsed.hasFragment() && parsed.userInfo().isEmpty();
    const int port = parsed.port(443);
    if (!parsed.isValid() || parsed.scheme() != u"https" || parsed.host().isEmpty() || !bare || port < 1)
        return fail(ErrorCode::Invalid, "the server's address must be https://host:port, got \"" + url + "\"");
    return ServerAddress{parsed.host(QUrl::FullyDecoded), static_cast<quint16>(port)};
}

} // namespace sextant::agent
