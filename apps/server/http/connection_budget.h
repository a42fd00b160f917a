// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/limits.h"

#include <QHostAddress>

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace sextant::server::http {

/// Counts connections in all and per address (an IPv6 /64 counts as one address). A lease is held for as long as a
/// connection lives. Past a limit a few connections still get a lease that is marked `refused`, so that they can be
/// told 503; past that there is no lease and the connection is to be closed without a word. Thread-safe; outlives its
/// leases.
class ConnectionBudget {
public:
    explicit ConnectionBudget(const Limits& limits);

    class Lease {
    public:
        Lease(ConnectionBudget& budget, std::string key, bool refused);
        ~Lease();
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;

        [[nodiscard]] bool isRefused() const { return m_refused; }
        /// The client proved to be an agent of ours: it no longer counts against its address, because a whole fleet may
        /// sit behind one, and is no longer refused for it. It still counts in all.
        void acceptAgent();

    private:
        ConnectionBudget& m_budget;
        std::string m_key; ///< empty when it does not count against its address
        bool m_refused;
    };

    /// Null when the connection is to be closed at once.
    [[nodiscard]] std::unique_ptr<Lease> take(const QHostAddress& address);
    [[nodiscard]] std::size_t connections() const;

private:
    void releaseAddress(const std::string& key);
    void release(bool refused);
    /// Turns a refused connection into a counted one; false when there are too many in all.
    [[nodiscard]] bool admitRefused();

    const std::size_t m_maxConnections;
    const std::size_t m_maxPerAddress;
    const std::size_t m_maxRefused;
    mutable std::mutex m_mutex;
    std::size_t m_connections = 0;
    std::size_t m_refused = 0;
    std::unordered_map<std::string, std::size_t> m_perAddress;
};

/// The text of an address, an IPv4 address that is mapped into IPv6 as IPv4, without a zone.
[[nodiscard]] std::string addressText(const QHostAddress& address);
/// By what an address is counted: IPv4 whole, IPv6 its first 64 bits.
[[nodiscard]] std::string addressKey(const QHostAddress& address);

} // namespace sextant::server::http
