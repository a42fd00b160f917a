// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/block.h"
#include "metrics/catalogue.h"
#include "metrics/frame.h"
#include "metrics/result.h"
#include "server/hosts/host_id.h"
#include "server/storage/store.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

class QSqlDatabase;

namespace sextant::server {

/// A frame on its way into the hot rows. `instances` numbers its rows, none twice; a row numbered 0 is left out.
struct HotFrame {
    HostId host;
    const metrics::Frame* frame = nullptr;
    std::vector<std::int64_t> instances;
    std::size_t batch = 0; ///< position of its outcome
};

/// An hour of a host that has hot rows, of whatever family.
struct HotHour {
    HostId host;
    std::int64_t hourMs = 0;

    friend bool operator==(const HotHour&, const HotHour&) = default;
};

/// The hot rows of one family in an hour, as sortRows() leaves them.
struct HotFamily {
    const metrics::Family* family = nullptr;
    metrics::Block rows;
};

/// Which rows may be dropped: those from before these times.
struct DropBefore {
    std::int64_t erasedMs = 0;                                    ///< of hours that were erased
    std::function<std::int64_t(const metrics::Family&)> sealedMs; ///< of hours that are sealed and whose rows stay
};

/// The samples that are not sealed yet: the one part of the store that every database does in its own way (SqlStore
/// does the rest). append() and erase() run on the writer thread in the transaction of the caller, the others on any
/// connection. Errors are those of Database.
class HotRows {
public:
    virtual ~HotRows() = default;

    /// Stores the rows that are not there yet, told by host, family, time and instance: the first one stays. Counts
    /// each into storedRows or repeatedRows of the outcome of its batch.
    [[nodiscard]] virtual Result<void> append(
        QSqlDatabase& database, std::span<const HotFrame> frames, std::span<BatchOutcome> outcomes) = 0;

    /// The transaction of an append() did not become durable: whatever was remembered of it is void. Writer thread.
    virtual void forget() = 0;

    /// The chosen rows of a family from `fromMs` to before `toMs`, as sortRows() leaves them.
    [[nodiscard]] virtual Result<metrics::Block> read(QSqlDatabase& database, HostId host,
        const metrics::Family& family, std::int64_t fromMs, std::int64_t toMs,
        const metrics::BlockChoice& choice) const = 0;

    /// All rows of that hour, of every family that has some.
    [[nodiscard]] virtual Result<std::vector<HotFamily>> readHour(
        QSqlDatabase& database, const HotHour& hour) const = 0;

    /// Hours that begin before `beforeMs` and have hot rows, oldest first, at most `limit`.
    [[nodiscard]] virtual Result<std::vector<HotHour>> hours(
        QSqlDatabase& database, std::int64_t beforeMs, std::size_t limit) const = 0;

    /// The hours of one host that have hot rows and begin from `fromMs` to before `toMs`, oldest first.
    [[nodiscard]] virtual Result<std::vector<std::int64_t>> hoursOf(
        QSqlDatabase& database, HostId host, std::int64_t fromMs, std::int64_t toMs) const = 0;

    /// A number that is another one after every append() that added rows to the hour: tells a sealer that read an hour
    /// whether rows came since.
    [[nodiscard]] virtual Result<std::int64_t> version(QSqlDatabase& database, const HotHour& hour) const = 0;

    /// The rows of that hour, of every family, are hot no more: read() may still give them, but nobody asks.
    [[nodiscard]] virtual Result<void> erase(QSqlDatabase& database, const HotHour& hour) = 0;

    /// Whether rows stay here for good when their hour is sealed: then no blocks of raw samples are made.
    [[nodiscard]] virtual Result<bool> keepsSealed(QSqlDatabase&) const { return false; }

    /// The hour is rolled up, and sealed unless its rows stay. On the writer thread.
    [[nodiscard]] virtual Result<void> sealed(QSqlDatabase& database, const HotHour& hour)
    {
        return erase(database, hour);
    }

    /// The hours of one host that are sealed, not hot, and whose rows stay, as hoursOf().
    [[nodiscard]] virtual Result<std::vector<std::int64_t>> sealedHoursOf(
        QSqlDatabase&, HostId, std::int64_t, std::int64_t) const
    {
        return std::vector<std::int64_t>();
    }

    /// Drops old rows, some at a time, none that are hot; gives how many pieces went. 0: nothing is left. On the writer
    /// thread.
    [[nodiscard]] virtual Result<std::size_t> drop(QSqlDatabase&, const DropBefore&) { return 0; }

    /// Erases the oldest day of sealed hours whose rows stay, for want of room; gives its start. Nothing: there is none
    /// that could be dropped. On the writer thread.
    [[nodiscard]] virtual Result<std::optional<std::int64_t>> eraseOldestDay(QSqlDatabase&) { return std::nullopt; }
};

} // namespace sextant::server
