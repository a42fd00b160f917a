// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/hosts/host_id.h"
#include "server/storage/store.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

class QSqlDatabase;

namespace sextant::server {

/// The instances that readers asked for, so that 20,000 label sets are not read and taken apart for each query. The
/// table `instances` is only ever added to, by one writer and in the order of its numbers: what is new since the last
/// time has a higher number. A reader whose transaction is older may get instances that it finds no rows of.
///
/// Keeps kHeld instances, some 250 bytes each; what would be more begins anew. Thread-safe.
class InstanceCache {
public:
    static constexpr std::size_t kHeld = 50'000;

    /// `reader`: a connection of the calling thread. Errors: those of Database.
    [[nodiscard]] Result<InstanceList> instances(QSqlDatabase& reader, HostId host, const metrics::Family& family);

private:
    /// All of them up to that number.
    struct Known {
        std::int64_t upTo = 0;
        InstanceList list;
    };
    using Key = std::pair<std::int64_t, const metrics::Family*>; ///< host, family

    [[nodiscard]] Known find(const Key& key);
    void keep(const Key& key, const Known& known);

    std::mutex m_mutex;
    std::map<Key, Known> m_known;
    std::size_t m_held = 0; ///< instances, of all
};

} // namespace sextant::server
