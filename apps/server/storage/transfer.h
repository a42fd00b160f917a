// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/storage/hot_rows.h"

#include <QSqlDatabase>
#include <QString>
#include <QStringList>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sextant::server {

class Database;

/// What one pass of a transfer did.
struct TransferPass {
    std::int64_t hosts = 0;
    std::int64_t blocks = 0;    ///< copied
    std::int64_t hotHours = 0;  ///< with rows that the target did not have
    std::int64_t hotRows = 0;   ///< copied
    std::int64_t snapshots = 0; ///< copied
    std::int64_t batchIds = 0;  ///< copied

    [[nodiscard]] std::int64_t copied() const { return blocks + hotRows + snapshots + batchIds; }
};

/// What both databases hold of a family of a host.
struct TransferCount {
    std::int64_t host = 0;
    std::string family;
    std::int64_t sealedRows = 0;
    std::int64_t hotRows = 0; ///< of hours that are not sealed
};

/// Copies everything that a server keeps from one database into another one, of whatever dialects: hosts, people,
/// sessions, tokens, instances, samples in every form, snapshots, the ledger of gaps and the ids of batches.
///
/// The source is only read, and may be in use. A pass makes the target hold what the source held of each host at one
/// instant of that pass, and copies only what the target lacks: it may be cut off and run again at any time. After a
/// pass during which nobody wrote to the source the target is the same; verify() proves it. Until finish() the target
/// is marked as unfinished, and a server refuses it.
///
/// One thread; both databases outlive this. Errors are those of the databases, and what each function says.
class Transfer {
public:
    /// How far it is, once in a while.
    using Progress = std::function<void(const std::string& line)>;

    Transfer(Database& source, Database& target, Progress progress);
    ~Transfer();

    /// Marks the target. Conflict when it holds something that is not an unfinished transfer of `name`, which tells
    /// this source from others.
    [[nodiscard]] Result<void> begin(const QString& name);
    [[nodiscard]] Result<TransferPass> pass();
    /// Compares every row and block. Conflict with the first thing that is not the same; else the counts.
    [[nodiscard]] Result<std::vector<TransferCount>> verify();
    [[nodiscard]] Result<void> finish();

    /// The tables of the schema that are copied, one way or another.
    [[nodiscard]] static QStringList tables();
    /// Invalid when the database is the target of a transfer that was not finished.
    [[nodiscard]] static Result<void> checkFinished(Database& database);

private:
    struct Ends {
        QSqlDatabase source;
        QSqlDatabase target; ///< its reader
    };
    [[nodiscard]] Result<Ends> ends();
    [[nodiscard]] Result<void> replaceTable(QSqlDatabase& source, const QString& table);
    [[nodiscard]] Result<void> replaceSmallTables();
    [[nodiscard]] Result<void> addInstances();
    [[nodiscard]] Result<void> passHost(HostId host, TransferPass& done);
    [[nodiscard]] Result<void> passHot(Ends& ends, HostId host, TransferPass& done);
    [[nodiscard]] Result<void> addHotFamily(const HotFamily& family, HostId host, TransferPass& done);
    [[nodiscard]] Result<void> passBatchIds(TransferPass& done);
    [[nodiscard]] Result<void> verifyHost(Ends& ends, HostId host, std::vector<TransferCount>& counts);

    Database& m_source;
    Database& m_target;
    Progress m_progress;
    std::unique_ptr<HotRows> m_sourceHot;
    std::unique_ptr<HotRows> m_targetHot;
};

} // namespace sextant::server
