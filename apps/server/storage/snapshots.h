// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/compression.h"
#include "metrics/result.h"
#include "server/hosts/host_id.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::server {

class Database;

/// A document and when it was true. Unix milliseconds.
struct Snapshot {
    std::int64_t timeMs = 0;
    std::string document;
};

/// What a list says of a snapshot.
struct SnapshotInfo {
    std::int64_t timeMs = 0;
    std::int64_t bytes = 0; ///< of the document

    friend bool operator==(const SnapshotInfo&, const SnapshotInfo&) = default;
};

/// Documents with a history, such as lists of processes: any bytes, per host and kind, readable as of any past instant.
///
/// A document is stored as what changed since the one before it (zstd with that one as prefix); whole where that is not
/// smaller, and after kChain deltas, so a read unpacks at most kChain + 1 frames. Expiry removes whole chains only:
/// what a kept snapshot is unpacked from stays as long as it does, at most kChain snapshots longer.
///
/// Any thread; put() packs on its caller's thread and waits for the writer as expire() does, until it is durable.
/// Errors: those of the database, and what each function says. The database outlives this.
class Snapshots {
public:
    static constexpr std::size_t kDocumentBytes = metrics::kDeltaBytes; ///< 8 MiB
    static constexpr std::size_t kKindBytes = 64;
    static constexpr int kChain = 24;              ///< deltas on one whole document
    static constexpr std::size_t kListed = 20'000; ///< snapshots in one list
    static constexpr int kChainsAtOnce = 64;       ///< that one expire() removes

    explicit Snapshots(Database& database) : m_database(database) {}

    /// Stores a document. False: there is one of that time already, which stays. Out of order is allowed. TooLarge past
    /// kDocumentBytes; Invalid for a kind that is empty or longer than kKindBytes.
    [[nodiscard]] Result<bool> put(HostId host, std::string_view kind, std::int64_t timeMs, std::string_view document);

    /// The newest document that is not newer than that time; nothing when there is none.
    [[nodiscard]] Result<std::optional<Snapshot>> at(HostId host, std::string_view kind, std::int64_t timeMs) const;

    /// The snapshots from `fromMs` to before `toMs`, oldest first, at most kListed.
    [[nodiscard]] Result<std::vector<SnapshotInfo>> list(
        HostId host, std::string_view kind, std::int64_t fromMs, std::int64_t toMs) const;

    /// Removes chains whose newest snapshot is older than that, at most kChainsAtOnce; gives how many snapshots went.
    /// 0: none is left to remove.
    [[nodiscard]] Result<std::size_t> expire(std::int64_t beforeMs);

private:
    Database& m_database;
};

} // namespace sextant::server
