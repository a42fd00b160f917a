// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

class QAbstractSocket;

namespace sextant::agent {

/// From now on every connection of this process goes through this HTTP proxy ("http://[user:password@]host:port", by
/// its CONNECT method: TLS stays between agent and server), or straight to the server when `url` is empty. Main thread.
void useProxy(const std::string& url);

/// Why a connection failed, in words that tell the proxy's faults from the server's.
[[nodiscard]] std::string connectionError(const QAbstractSocket& socket);

} // namespace sextant::agent
