// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace sextant::server {

/// Locks out who fails to log in too often: ten failures within 15 minutes lock a key (an account name, an address) for
/// 15 minutes. An attempt counts as a failure when it begins, so that many at once get no more tries than one after
/// another. Memory is bounded: past `maxKeys` the keys that were quiet longest are forgotten, locked ones last.
/// Thread-safe; time is an argument.
class LoginGuard {
public:
    static constexpr int kFailures = 10;
    static constexpr std::int64_t kWindowMs = 15 * 60'000;
    static constexpr std::int64_t kLockMs = 15 * 60'000;

    explicit LoginGuard(std::size_t maxKeys = 10'000) : m_maxKeys(maxKeys) {}

    /// Begins an attempt. Nothing when it may go on, else how many milliseconds the key stays locked.
    [[nodiscard]] std::optional<std::int64_t> begin(const std::string& key, std::int64_t nowMs);
    /// The attempt was right: the key's failures are forgotten.
    void succeeded(const std::string& key);
    /// The attempt was neither right nor wrong (the server was busy): it does not count.
    void undo(const std::string& key);

    [[nodiscard]] std::size_t size() const;

private:
    struct Record {
        int failures = 0;
        std::int64_t windowStartMs = 0;
        std::int64_t lockedUntilMs = 0;
        std::int64_t touchedMs = 0;
    };

    void makeRoom(std::int64_t nowMs);

    const std::size_t m_maxKeys;
    mutable std::mutex m_mutex;
    std::unordered_map<std::string, Record> m_records;
};

} // namespace sextant::server
