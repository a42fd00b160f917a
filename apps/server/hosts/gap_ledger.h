// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/batch.h"
#include "metrics/result.h"
#include "server/hosts/host_id.h"
#include "server/hosts/host_state.h"
#include "server/hosts/range_set.h"
#include "server/hosts/ticks.h"

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

class QSqlDatabase;

namespace sextant::server {

class Database;

/// The books on delivery: of each host which time its samples cover, which batch numbers came and what its agent said
/// of the rest; of the server when it ran. As merged ranges: a host that never missed anything is two rows, and a group
/// of batches changes two rows of each of its hosts, in the transaction that stores the samples.
///
/// stage() and keep() are for ingest's thread alone; load() before it starts. The rest may be called on any thread and
/// blocks on the database.
class GapLedger {
    struct Known {
        RangeSet time;
        RangeSet sequences;
        RangeSet refused;
    };

public:
    /// The server counts as down when it did not write its heartbeat for longer than this.
    static constexpr std::int64_t kBeatLostMs = 30'000;
    /// Gap reports kept per host; the oldest go first.
    static constexpr int kReportsPerHost = 10'000;

    explicit GapLedger(Database& database) : m_database(database) {}

    /// Reads what is kept.
    [[nodiscard]] Result<void> load();

    /// The changes of one group of batches on their way into the store.
    class Group {
    public:
        /// Hands over what is to be written of a host.
        [[nodiscard]] LedgerChange take(HostId host);

    private:
        friend class GapLedger;
        struct Books {
            Known known;
            LedgerChange change;
        };
        std::unordered_map<HostId, Books> m_hosts;
    };

    /// Enters what is stored of one batch, and what a wrong clock kept out of it. A report that begins more than 10 min
    /// after `nowMs` is put right when it is known how wrong the clock is, else left out; one that ends after that is
    /// cut at `nowMs`, for what is to come has not been missed yet; one that ends before it begins is left out.
    void stage(
        Group& group, HostId host, const metrics::Batch& batch, std::int64_t nowMs, const WrongClock& wrong = {}) const;
    /// The group was committed. One that was not is simply dropped.
    void keep(Group&& group);

    /// Notes that the server runs. Called every 10 s.
    [[nodiscard]] Result<void> beat(std::int64_t nowMs);

    /// Forgets what ended before `beforeMs`, and hosts that were removed.
    [[nodiscard]] Result<void> expire(std::int64_t beforeMs);

    /// What is known of a host.
    struct Books {
        std::vector<Range> time;
        std::vector<Range> sequences;
        std::vector<Range> serverUp;
        std::vector<metrics::GapReport> reports; ///< that touch [fromMs, toMs), by their beginning; at most 10,000
        std::vector<Range> refused{};            ///< Delivered::Refused
    };
    [[nodiscard]] Result<Books> read(HostId host, std::int64_t fromMs, std::int64_t toMs) const;

private:
    Database& m_database;
    std::unordered_map<HostId, Known> m_hosts; ///< ingest's thread
    std::mutex m_beatMutex;
    std::optional<Range> m_up; ///< the row of the server that grows
};

/// Writes what groups changed; for the store, inside its transaction.
[[nodiscard]] Result<void> writeLedger(QSqlDatabase& database, std::span<const StoredHostState> states);

} // namespace sextant::server
