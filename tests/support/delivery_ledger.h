// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/batch.h"
#include "server/storage/store.h"

#include <QByteArray>
#include <QString>

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace sextant::test {

class ServerProcess;

/// Makes an agent's spool file, or opens it, and plants a witness in it: a trigger that keeps a copy of every batch in
/// the very transaction that spools it, whatever becomes of the batch and of the agent afterwards. False when that
/// fails. Before the agent is started.
[[nodiscard]] bool plantWitness(const QString& spoolFile);

/// Every batch that the witness saw, decoded, each once; nothing when the file cannot be read. The agent may run.
[[nodiscard]] std::optional<std::vector<metrics::Batch>> witnessed(const QString& spoolFile);

/// The batches that wait in the spool file; how many they are, -1 when it cannot be read. The agent may run.
[[nodiscard]] std::optional<std::vector<metrics::Batch>> waitingBatches(const QString& spoolFile);
[[nodiscard]] qint64 waiting(const QString& spoolFile);

/// A batch that the agent logged as acknowledged (log level debug).
struct Acknowledged {
    std::int64_t timeMs = 0; ///< of its first frame
    std::int64_t atMs = 0;   ///< when the agent learnt it
};
/// In the order of the log.
[[nodiscard]] std::vector<Acknowledged> acknowledged(const QByteArray& agentLog);

/// What a store holds of one host, beside what its agent spooled.
struct DeliveryAccount {
    QString fault;                 ///< empty: each row of each batch is there once with its values
    std::int64_t values = 0;       ///< compared
    std::set<std::int64_t> extras; ///< times of stored rows that are in none of the batches
    std::set<std::int64_t> times;  ///< of all stored rows
};
/// Reads every row of every family.
[[nodiscard]] DeliveryAccount accountFor(
    const server::Store& store, qint64 host, const std::vector<metrics::Batch>& batches);
/// The same from a copy of a SQLite file, which may be in use or left by a crash.
[[nodiscard]] DeliveryAccount accountFor(
    const QString& databasePath, qint64 host, const std::vector<metrics::Batch>& batches);

/// How many numbers between the first and the last of those batches none of them has.
[[nodiscard]] std::int64_t missingNumbers(const std::vector<metrics::Batch>& batches);

/// What `GET gaps` says of [fromMs, toMs), put together from as many requests as that takes.
struct ToldGap {
    std::int64_t fromMs = 0;
    std::int64_t toMs = 0;
    QString cause;
    QString detail;
    bool late = false;
};
struct ToldGaps {
    QString fault; ///< empty: the server answered
    std::vector<ToldGap> gaps;
    std::int64_t lostBatches = 0;

    [[nodiscard]] bool has(const QString& cause, bool late = false) const;
    [[nodiscard]] QByteArray text() const; ///< a line per gap, for messages
};
[[nodiscard]] ToldGaps askForGaps(ServerProcess& server, qint64 host, std::int64_t fromMs, std::int64_t toMs);

/// Holds the server's account against the times that are stored (ticks of that interval): every hole between the first
/// and the last of them has a cause, and no tick that is there is called missing. Empty when all is well.
[[nodiscard]] QString unexplained(const ToldGaps& told, const std::set<std::int64_t>& times, std::int64_t intervalMs);

} // namespace sextant::test
