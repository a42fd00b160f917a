// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/login_guard.h"

#include <algorithm>

namespace sextant::server {

std::optional<std::int64_t> LoginGuard::begin(const std::string& key, std::int64_t nowMs)
{
    const std::scoped_lock lock(m_mutex);
    if (!m_records.contains(key) && m_records.size() >= m_maxKeys)
        makeRoom(nowMs);
    Record& record = m_records[key];
    record.touchedMs = nowMs;
    if (record.lockedUntilMs > nowMs)
        return record.lockedUntilMs - nowMs;
    if (record.failures == 0 || nowMs - record.windowStartMs >= kWindowMs || record.lockedUntilMs != 0)
        record = {0, nowMs, 0, nowMs};
    if (++record.failures == kFailures)
        record.lockedUntilMs = nowMs + kLockMs; // this one may still be tried; the next ones wait
    return std::nullopt;
}

void LoginGuard::succeeded(const std::string& key)
{
    const std::scoped_lock lock(m_mutex);
    m_records.erase(key);
}

void LoginGuard::undo(const std::string& key)
{
    const std::scoped_lock lock(m_mutex);
    const auto found = m_records.find(key);
    if (found == m_records.end())
        return;
    found->second.lockedUntilMs = 0;
    if (--found->second.failures <= 0)
        m_records.erase(found);
}

std::size_t LoginGuard::size() const
{
    const std::scoped_lock lock(m_mutex);
    return m_records.size();
}

void LoginGuard::makeRoom(std::int64_t nowMs)
{
    std::erase_if(m_records, [nowMs](const auto& entry) {
        return entry.second.lockedUntilMs <= nowMs && nowMs - entry.second.windowStartMs >= kWindowMs;
    });
    while (m_records.size() >= m_maxKeys) {
        const auto quietest = std::ranges::min_element(m_records, [nowMs](const auto& a, const auto& b) {
            const bool aLocked = a.second.lockedUntilMs > nowMs;
            const bool bLocked = b.second.lockedUntilMs > nowMs;
            return aLocked != bLocked ? !aLocked : a.second.touchedMs < b.second.touchedMs;
        });
        m_records.erase(quietest);
    }
}

} // namespace sextant::server
