// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/connection_budget.h"

#include <utility>

namespace sextant::server::http {

std::string addressText(const QHostAddress& address)
{
    bool isIpv4 = false;
    const quint32 ipv4 = address.toIPv4Address(&isIpv4);
    if (isIpv4)
        return QHostAddress(ipv4).toString().toStdString();
    QHostAddress plain = address;
    plain.setScopeId(QString());
    return plain.toString().toStdString();
}

std::string addressKey(const QHostAddress& address)
{
    bool isIpv4 = false;
    const quint32 ipv4 = address.toIPv4Address(&isIpv4);
    if (isIpv4)
        return QHostAddress(ipv4).toString().toStdString();
    const Q_IPV6ADDR bytes = address.toIPv6Address();
    return "6:" + std::string(reinterpret_cast<const char*>(bytes.c), 8);
}

ConnectionBudget::ConnectionBudget(const Limits& limits)
    : m_maxConnections(limits.connections), m_maxPerAddress(limits.connectionsPerAddress), m_maxRefused(limits.refusals)
{
}

std::unique_ptr<ConnectionBudget::Lease> ConnectionBudget::take(const QHostAddress& address)
{
    std::string key = addressKey(address);
    const std::scoped_lock lock(m_mutex);
    const auto known = m_perAddress.find(key);
    const std::size_t ofAddress = known == m_perAddress.end() ? 0 : known->second;
    if (m_connections >= m_maxConnections || ofAddress >= m_maxPerAddress) {
        if (m_refused >= m_maxRefused)
            return nullptr;
        ++m_refused;
        return std::make_unique<Lease>(*this, std::string(), true);
    }
    ++m_connections;
    ++m_perAddress[key];
    return std::make_unique<Lease>(*this, std::move(key), false);
}

std::size_t ConnectionBudget::connections() const
{
    const std::scoped_lock lock(m_mutex);
    return m_connections;
}

void ConnectionBudget::releaseAddress(const std::string& key)
{
    const std::scoped_lock lock(m_mutex);
    const auto known = m_perAddress.find(key);
    if (known != m_perAddress.end() && --known->second == 0)
        m_perAddress.erase(known);
}

void ConnectionBudget::release(bool refused)
{
    const std::scoped_lock lock(m_mutex);
    --(refused ? m_refused : m_connections);
}

bool ConnectionBudget::admitRefused()
{
    const std::scoped_lock lock(m_mutex);
    if (m_connections >= m_maxConnections)
        return false;
    --m_refused;
    ++m_connections;
    return true;
}

ConnectionBudget::Lease::Lease(ConnectionBudget& budget, std::string key, bool refused)
    : m_budget(budget), m_key(std::move(key)), m_refused(refused)
{
}

ConnectionBudget::Lease::~Lease()
{
    if (!m_key.empty())
        m_budget.releaseAddress(m_key);
    m_budget.release(m_refused);
}

void ConnectionBudget::Lease::acceptAgent()
{
    if (!m_key.empty())
        m_budget.releaseAddress(std::exchange(m_key, {}));
    if (m_refused)
        m_refused = !m_budget.admitRefused();
}

} // namespace sextant::server::http
