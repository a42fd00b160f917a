// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/spool/packed_batch.h"
#include "metrics/result.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sextant::agent {

/// A batch on disk: `number` is its place, the oldest has the smallest.
struct StoredBatch {
    std::int64_t number = 0;
    PackedBatch batch;
};

/// The file `spool.db` in the agent's state folder: batches that wait, batches that the server refused for good, and
/// the journal (one text). SQLite by QtSql, mode 0600, one process and one thread at a time.
///
/// What it promises: write-ahead log; a batch is on the disk when append() returns (synchronous=FULL, one fsync), the
/// rest (a removal, the journal alone) is written without waiting (synchronous=NORMAL): kill −9 takes nothing of it
/// back, a power cut may take back the last of it, never the file. A removal that was taken back sends a batch again,
/// which the server knows by its id. Bodies are read one at a time: memory does not grow with what waits.
///
/// Failures: Malformed (the file is damaged), Invalid (written by a later agent), TooLarge (no room on the disk), Io
/// (the disk failed, is read-only…). After any failure of a write the file is best closed and opened again later.
class SpoolFile {
public:
    /// Opens or makes the file, and checks all of it (SQLite's quick_check).
    [[nodiscard]] static Result<std::unique_ptr<SpoolFile>> open(const std::string& path);
    ~SpoolFile();
    SpoolFile(const SpoolFile&) = delete;
    SpoolFile& operator=(const SpoolFile&) = delete;

    /// Puts a batch behind all others; its number.
    [[nodiscard]] Result<std::int64_t> append(const PackedBatch& batch);
    [[nodiscard]] Result<std::optional<StoredBatch>> oldest();
    [[nodiscard]] Result<std::optional<StoredBatch>> read(std::int64_t number);
    [[nodiscard]] Result<bool> holds(const metrics::BatchId& id);
    [[nodiscard]] Result<void> remove(std::int64_t number);
    /// Drops the oldest; nothing when there is none.
    [[nodiscard]] Result<std::optional<DroppedBatch>> dropOldest();

    /// Keeps a batch that the server refused for good, with its reason, for people to look at; the oldest of them go
    /// when together they pass kMaxQuarantined.
    [[nodiscard]] Result<void> quarantine(const PackedBatch& batch, const std::string& reason, std::int64_t nowMs);
    static constexpr int kMaxQuarantined = 100;

    [[nodiscard]] Result<void> saveJournal(const std::string& text);
    /// Empty when none was saved.
    [[nodiscard]] Result<std::string> loadJournal();

    /// Gives pages that are free back to the disk, a few at a time.
    [[nodiscard]] Result<void> shrink();

    [[nodiscard]] std::uint64_t batches() const { return m_batches; }
    /// Bytes of the file that hold something; the write-ahead log beside it takes at most about 4 MiB more.
    [[nodiscard]] Result<std::uint64_t> usedBytes();
    [[nodiscard]] Result<std::uint64_t> freeBytes(); ///< of the file, to be filled again before it grows

private:
    SpoolFile(std::string path, QString connection) : m_path(std::move(path)), m_connection(std::move(connection)) {}

    [[nodiscard]] Result<void> begin();
    [[nodiscard]] Result<void> check();
    [[nodiscard]] Result<QSqlQuery> run(const char* statement, std::initializer_list<QVariant> values = {});
    [[nodiscard]] Result<std::int64_t> number(const char* statement);
    [[nodiscard]] Result<std::optional<StoredBatch>> readOne(QSqlQuery query);
    [[nodiscard]] Result<void> setSynchronous(bool full);

    std::string m_path;
    QString m_connection;
    QSqlDatabase m_database;
    std::uint64_t m_batches = 0;
    bool m_full = false; ///< synchronous=FULL is set
};

/// What can still be read of a damaged file.
struct Salvage {
    std::string movedTo;                ///< where the file lies now
    std::string journal;                ///< empty when it could not be read
    std::optional<std::int64_t> fromMs; ///< when the oldest batch in it begins
};

/// Moves a damaged file out of the way to `<path>.corrupt-<seconds>` (earlier ones are removed: one is enough to look
/// at), after reading from it what can be read. Io when it cannot be moved.
[[nodiscard]] Result<Salvage> setAside(const std::string& path, std::int64_t nowMs);

} // namespace sextant::agent
