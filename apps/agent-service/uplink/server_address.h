// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QString>

#include <string>

namespace sextant::agent {

/// Where the server listens.
struct ServerAddress {
    QString host; ///< a name or an IP address, without brackets
    quint16 port = 443;

    /// "host:port" as it stands in the Host header and in log lines.
    [[nodiscard]] std::string text() const;

    friend bool operator==(const ServerAddress&, const ServerAddress&) = default;
};

/// Reads "https://host" or "https://host:port"; port 443 when none is named. Invalid for anything else.
[[nodiscard]] Result<ServerAddress> parseServerAddress(const std::string& url);

} // namespace sextant::agent
