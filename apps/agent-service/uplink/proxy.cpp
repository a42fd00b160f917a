// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/uplink/proxy.h"

#include <QAbstractSocket>
#include <QNetworkProxy>
#include <QUrl>

namespace sextant::agent {

void useProxy(const std::string& url)
{
    const QUrl parts(QString::fromStdString(url));
    QNetworkProxy::setApplicationProxy(
        url.empty() ? QNetworkProxy(QNetworkProxy::NoProxy)
                    : QNetworkProxy(QNetworkProxy::HttpProxy, parts.host(), static_cast<quint16>(parts.port()),
                          parts.userName(), parts.password()));
}

std::string connectionError(const QAbstractSocket& socket)
{
    switch (socket.error()) {
    case QAbstractSocket::ProxyAuthenticationRequiredError:
        return "the proxy asks for a user and a password: proxy = \"http://user:password@host:port\"";
    case QAbstractSocket::ProxyConnectionRefusedError:
    case QAbstractSocket::ProxyConnectionClosedError:
    case QAbstractSocket::ProxyConnectionTimeoutError:
    case QAbstractSocket::ProxyNotFoundError:
    case QAbstractSocket::ProxyProtocolError:
        return "the proxy does not let it through: " + socket.errorString().toStdString();
    default:
        return socket.errorString().toStdString();
    }
}

} // namespace sextant::agent
