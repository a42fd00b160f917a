// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/spool/batch_queue.h"
#include "agent-service/spool/journal.h"
#include "agent-service/spool/spool_file.h"
#include "logging/log.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sextant::agent {

enum class SpoolMode {
    OnFailure, ///< a batch goes to the disk when it cannot be sent at once, and when the agent stops
    Always,    ///< every batch goes to the disk before it is sent
    Off,       ///< batches are in memory only; the file holds the journal
};

struct SpoolOptions {
    std::string path; ///< of the file; empty: no disk at all, not even for the journal
    SpoolMode mode = SpoolMode::OnFailure;
    std::uint64_t maxBytes = 256ULL << 20;     ///< of the file
    std::uint64_t minFreeBytes = 512ULL << 20; ///< that the disk keeps for others: below it the file does not grow
    std::uint64_t memoryBytes = 16ULL << 20;   ///< for batches that are not on disk
};

/// What went through the spool since the agent started, and what is in it.
struct SpoolStats {
    std::uint64_t batches = 0;     ///< that wait, wherever
    std::uint64_t memoryBytes = 0; ///< memory of those that are not on disk
    std::uint64_t diskBatches = 0;
    std::uint64_t diskBytes = 0;
    std::uint64_t sent = 0;
    std::uint64_t sentBytes = 0;
    std::uint64_t dropped = 0;
    std::uint64_t quarantined = 0;
};

/// Batches that wait to be delivered, and the journal. Two lanes: the batch that came in last is offered first until it
/// was tried; behind it the backlog, oldest first, so that after an outage the present is seen at once and the past
/// fills up in order. A batch stays until it was acknowledged, so an attempt that failed loses nothing.
///
/// Bounded: in memory by bytes, on disk by bytes and by the disk's free space; when there is no room the oldest go
/// first, are counted, and their stretch of time becomes a gap report. A disk that fails stops nothing: batches stay in
/// memory, it is said once, and the disk is tried again every kRetry. A damaged file is set aside and a new one begun.
///
/// Lives on one thread, which waits for the disk. Does not own the log.
class Spool {
public:
    using Clock = std::function<std::int64_t()>; ///< Unix milliseconds
    static constexpr std::int64_t kRetryMs = 60'000;

    Spool(SpoolOptions options, logging::Log& log, Clock clock);

    /// Begins the journal's new run and opens the file.
    void start(const RunFacts& facts);
    /// Changes everything but the path.
    void setOptions(const SpoolOptions& options);

    /// Takes the newest batch in.
    void push(PackedBatch batch);
    /// Brings to the disk what is in memory only.
    void keep();

    /// True when the newest batch was not tried yet.
    [[nodiscard]] bool hasFresh() const { return m_fresh.has_value(); }
    /// What to send next; nothing when nothing waits.
    [[nodiscard]] std::optional<PackedBatch> next();
    /// The same without the backlog on disk, which waits for the next run.
    [[nodiscard]] std::optional<PackedBatch> nextAtEnd();

    /// Sending the batch was tried and failed: it joins the backlog.
    void retryLater(const metrics::BatchId& id);
    /// The server has it: away with it. Ids that are not here (dropped meanwhile) only count.
    void acknowledge(const metrics::BatchId& id);
    /// The server refused it for good: put away with the reason and counted.
    void quarantine(const metrics::BatchId& id, const std::string& reason);

    [[nodiscard]] Journal& journal() { return m_journal; }
    /// Writes the journal to the file, when there is one. `packingFromMs`: of the batch that comes next, which a kill
    /// would take as it takes those in memory.
    void saveJournal(std::optional<std::int64_t> packingFromMs = std::nullopt);

    [[nodiscard]] bool empty() const { return m_memory.empty() && (!m_file || m_file->batches() == 0); }
    [[nodiscard]] SpoolStats stats();

private:
    /// Where the batch is that was offered last, or that is fresh: `number` on disk, or 0 in memory.
    struct Place {
        metrics::BatchId id;
        std::int64_t number = 0;
    };

    void open();
    [[nodiscard]] Result<std::unique_ptr<SpoolFile>> openOrReplace();
    void reopenWhenTime();
    void onFileError(const Error& error);
    [[nodiscard]] bool keepOldest();
    [[nodiscard]] Result<bool> makeRoom(std::uint64_t bytes);
    void onDropped(const DroppedBatch& batch);
    void movedTo(const metrics::BatchId& id, std::int64_t number);
    [[nodiscard]] std::optional<PackedBatch> offer(Result<std::optional<StoredBatch>> stored);
    [[nodiscard]] std::optional<PackedBatch> offerFromMemory(const PackedBatch* batch);
    [[nodiscard]] std::optional<PackedBatch> takeOut(const metrics::BatchId& id);
    void giveBackSpace();

    SpoolOptions m_options;
    logging::Log& m_log;
    Clock m_clock;
    Journal m_journal;
    BatchQueue m_memory;
    std::unique_ptr<SpoolFile> m_file;
    std::optional<Place> m_fresh;           ///< the newest one, until it was tried
    std::optional<Place> m_offered;         ///< what next() gave last
    std::optional<std::int64_t> m_failedMs; ///< awake time of the last failure of the disk, until it works again
    bool m_saidNoRoom = false;
    SpoolStats m_counts;
};

} // namespace sextant::agent
