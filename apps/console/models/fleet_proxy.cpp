// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/models/fleet_proxy.h"

#include <algorithm>

namespace sextant::console {
namespace {

std::optional<double> sortNumber(const HostRow& host, const FleetModel& fleet, int row, int column)
{
    switch (column) {
    case FleetModel::State:
        // Trouble first: an ascending sort puts down before late before unknown before ok.
        return -static_cast<double>(host.state);
    case FleetModel::Cpu:
    case FleetModel::CpuTrend:
        return host.cpuPercent;
    case FleetModel::Memory:
        return host.memoryPercent;
    case FleetModel::Disk:
        return host.disk ? std::optional(host.disk->usedPercent) : std::nullopt;
    case FleetModel::Receive:
        return host.receiveBytesPerSecond;
    case FleetModel::Transmit:
        return host.transmitBytesPerSecond;
    case FleetModel::Load:
        return host.load1;
    case FleetModel::Uptime:
        // A silent host's uptime is not known: the longest silent stands first among them.
        if (const auto silent = fleet.silentMs(row))
            return -static_cast<double>(*silent);
        return host.uptimeSeconds;
    default:
        return std::nullopt;
    }
}

bool isTextColumn(int column)
{
    return column == FleetModel::Name || column == FleetModel::System || column == FleetModel::Agent;
}

QString sortText(const HostRow& host, int column)
{
    return column == FleetModel::System ? host.os : host.agentVersion;
}

bool containsAny(const QString& text, const QStringList& words)
{
    return words.isEmpty() || std::ranges::any_of(words,
                                  [&text](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
}

} // namespace

FleetProxy::FleetProxy(FleetModel& fleet, QObject* parent) : QSortFilterProxyModel(parent), m_fleet(fleet)
{
    setDynamicSortFilter(false);
    setSourceModel(&fleet);
}

void FleetProxy::setFilter(const QString& text)
{
    m_filter = text;
    for (QStringList* list : {&m_words, &m_states, &m_systems, &m_names})
        list->clear();
    const QStringList words = text.toLower().split(QLatin1Char(' '), Qt::SkipEmptyParts);
    for (const QString& word : words) {
        if (word.startsWith(u"state:"))
            m_states.append(word.sliced(6));
        else if (word.startsWith(u"os:"))
            m_systems.append(word.sliced(3));
        else if (word.startsWith(u"name:"))
            m_names.append(word.sliced(5));
        else
            m_words.append(word);
    }
    refresh();
}

void FleetProxy::refresh()
{
    invalidate();
}

const HostRow& FleetProxy::host(const QModelIndex& proxyIndex) const
{
    return m_fleet.host(mapToSource(proxyIndex).row());
}

bool FleetProxy::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    const int column = left.column();
    const HostRow& a = m_fleet.host(left.row());
    const HostRow& b = m_fleet.host(right.row());
    const bool ascending = sortOrder() == Qt::AscendingOrder;
    // The base class swaps the sides for a descending sort; what must not turn round is turned back here.
    const bool byName = (m_fleet.nameRank(left.row()) < m_fleet.nameRank(right.row())) == ascending;
    if (column == FleetModel::Name)
        return m_fleet.nameRank(left.row()) < m_fleet.nameRank(right.row());
    if (isTextColumn(column)) {
        const int order = compareNaturally(sortText(a, column), sortText(b, column));
        return order == 0 ? byName : order < 0;
    }
    const auto x = sortNumber(a, m_fleet, left.row(), column);
    const auto y = sortNumber(b, m_fleet, right.row(), column);
    if (x.has_value() != y.has_value())
        return x.has_value() == ascending;
    if (!x || *x == *y)
        return byName;
    return *x < *y;
}

bool FleetProxy::filterAcceptsRow(int row, const QModelIndex&) const
{
    const QString& text = m_fleet.searchText(row);
    const bool words = std::ranges::all_of(m_words, [&text](const QString& word) { return text.contains(word); });
    if (!words || (m_states.isEmpty() && m_systems.isEmpty() && m_names.isEmpty()))
        return words;
    const HostRow& host = m_fleet.host(row);
    return containsAny(stateWord(host.state), m_states) &&
           containsAny(host.os + QLatin1Char(' ') + host.osFamily, m_systems) && containsAny(host.name, m_names);
}

} // namespace sextant::console
