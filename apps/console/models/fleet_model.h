// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/session/wire.h"

#include <QAbstractTableModel>
#include <QHash>

#include <array>
#include <optional>
#include <vector>

namespace sextant::console {

/// How many hosts are in which state, and the middle one by CPU use.
struct FleetSummary {
    std::array<int, 4> byState{}; ///< indexed by HostState
    int total = 0;
    std::optional<double> medianCpuPercent;

    [[nodiscard]] int count(HostState state) const { return byState[static_cast<std::size_t>(state)]; }
};

/// The word for a state, in the person's language.
[[nodiscard]] QString stateWord(HostState state);

/// Every host of the server in the order in which they came, one row each. Takes whole overviews and the live changes;
/// a change touches only the rows it names, so that selection and scroll position stay. The text of a cell is plain
/// words (for screen readers, copying and tests); the delegate paints from host(). GUI thread.
class FleetModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column {
        State,
        Name,
        System,
        Cpu,
        CpuTrend,
        Memory,
        Disk,
        Receive,
        Transmit,
        Load,
        Uptime,
        Agent,
        kColumnCount
    };

    using QAbstractTableModel::QAbstractTableModel;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    /// Replaces everything. Rows of hosts that stay keep their place and their persistent indexes.
    void load(const Overview& overview);
    /// Merges hosts that changed; new ones are appended, removed ones go.
    void apply(const Overview& changed);
    void clear();
    /// Moves the clock by which "silent 14 min" is counted, Unix ms of the server.
    void setNow(std::int64_t now);
    [[nodiscard]] std::int64_t now() const { return m_now; }

    [[nodiscard]] const HostRow& host(int row) const { return m_rows[static_cast<std::size_t>(row)].host; }
    [[nodiscard]] std::optional<int> rowOf(HostId id) const;
    /// Place of the row in the natural order of names (web2 before web10), for sorting without comparing texts.
    [[nodiscard]] int nameRank(int row) const { return m_rows[static_cast<std::size_t>(row)].nameRank; }
    /// What the filter looks at, in lower case.
    [[nodiscard]] const QString& searchText(int row) const { return m_rows[static_cast<std::size_t>(row)].searchText; }
    [[nodiscard]] FleetSummary summary() const;
    /// How long a silent host has been silent; nothing for one that is not, or that never spoke.
    [[nodiscard]] std::optional<std::int64_t> silentMs(int row) const;

signals:
    /// Some host changed its state, came or went.
    void statesChanged();

private:
    struct Row {
        HostRow host;
        QString searchText;
        int nameRank = 0;
    };

    [[nodiscard]] QString displayText(int row, int column) const;
    [[nodiscard]] QString toolTip(int row, int column) const;
    [[nodiscard]] QString uptimeText(int row) const;
    void removeHost(HostId id);
    void appendHosts(std::vector<HostRow> hosts);
    void rankNames();
    void reindex(std::size_t from);

    std::vector<Row> m_rows;
    QHash<HostId, int> m_rowOf;
    std::int64_t m_now = 0;
};

/// The system's name as short as people say it: "Debian 12" for "Debian GNU/Linux 12 (bookworm)".
[[nodiscard]] QString shortSystemName(const QString& name);

/// "role=web" and so on, in order of the names.
[[nodiscard]] QStringList tagTexts(const HostRow& host);

/// Compares names as people count: digits as numbers, letters without case. Negative, 0 or positive.
[[nodiscard]] int compareNaturally(QStringView left, QStringView right);

} // namespace sextant::console
