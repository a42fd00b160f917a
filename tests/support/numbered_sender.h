// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/batch.h"
#include "server/storage/database.h"
#include "server/storage/store.h"
#include "support/test_host.h"

#include <QByteArray>
#include <QString>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <thread>

namespace sextant::test {

/// Time of numbered batches: batch n of a sender is of startMs + n × stepMs.
struct NumberedTimes {
    std::int64_t startMs = 0;
    std::int64_t stepMs = 1'000;
};

/// An agent at its plainest: sends one batch after another over mutual TLS, each of whose rows tells the batch's number
/// (one row of cpu, six of cpu_core, one of memory), and sends a batch again, under the same id, until it is
/// acknowledged. Now and then it sends an acknowledged one again. It works on a thread of its own; the counters may be
/// read from any.
class NumberedSender {
public:
    static constexpr int kCores = 6;

    NumberedSender(const QString& url, const QByteArray& caPem, const TestHost& host, NumberedTimes times);
    ~NumberedSender() { finish(); }
    NumberedSender(const NumberedSender&) = delete;
    NumberedSender& operator=(const NumberedSender&) = delete;

    void start();
    /// Ends after the batch under way, which may stay unacknowledged.
    void finish();

    [[nodiscard]] qint64 host() const { return m_host.id; }
    [[nodiscard]] NumberedTimes times() const { return m_times; }
    /// So many batches, from number 0, were acknowledged; the next one may have been sent.
    [[nodiscard]] std::int64_t acknowledged() const { return m_acknowledged; }
    /// Answers other than 204 and 503, which no batch here deserves.
    [[nodiscard]] int refusals() const { return m_refusals; }
    /// Answers 503.
    [[nodiscard]] int busy() const { return m_busy; }
    [[nodiscard]] int repeats() const { return m_repeats; }
    /// Batches that were sent and never answered: a kill came in between.
    [[nodiscard]] int cutOff() const { return m_cutOff; }

private:
    void run();
    bool deliver(HttpsClient& client, const metrics::Batch& batch);
    metrics::Batch batch(std::int64_t number);

    QString m_url;
    QByteArray m_caPem;
    TestHost m_host;
    NumberedTimes m_times;
    std::mt19937 m_random;
    std::atomic<bool> m_going{true};
    std::atomic<std::int64_t> m_acknowledged{0};
    std::atomic<int> m_refusals{0};
    std::atomic<int> m_busy{0};
    std::atomic<int> m_repeats{0};
    std::atomic<int> m_cutOff{0};
    std::thread m_thread;
};

/// What a store holds of a sender's host.
struct Ledger {
    std::int64_t batches = 0; ///< batches 0 to batches − 1 are there
    QString fault;            ///< empty: each of their rows is there once, with its own number, and no other row is
};
[[nodiscard]] Ledger readLedger(const server::Store& store, qint64 host, NumberedTimes times);

/// What the 5-minute tier says of the same batches.
struct TierLedger {
    std::int64_t buckets = 0; ///< compared
    QString fault;            ///< empty: count and sum of each are those of the samples, and none is missing
};
/// Compares every sealed hour of memory's used_bytes. `stepMs` divides 5 minutes.
[[nodiscard]] TierLedger readTierLedger(
    const server::Store& store, qint64 host, NumberedTimes times, std::int64_t batches);

/// The store of a PostgreSQL database, as a server would open it.
struct PostgresStore {
    std::unique_ptr<server::Database> database;
    std::unique_ptr<server::Store> store;
};
/// Nothing when the database is away.
[[nodiscard]] std::optional<PostgresStore> openPostgresStore(const QString& url);

/// A ledger of a SQLite file, which may be in use or left by a crash: reads from a copy of it. With `tier`, also that.
[[nodiscard]] Ledger readLedger(
    const QString& databasePath, qint64 host, NumberedTimes times, TierLedger* tier = nullptr);

/// Whether the SQLite file of a killed server has a half-sealed hour of that host: rows that a block holds already and
/// that are hot still. `acknowledged` as of the sender by then. Leaves the file as the crash left it. Nothing: the file
/// cannot be read.
[[nodiscard]] std::optional<bool> hasHalfSealedHour(
    const QString& databasePath, qint64 host, std::int64_t acknowledged);

} // namespace sextant::test
