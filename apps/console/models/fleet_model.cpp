// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/models/fleet_model.h"

#include "console/format/format.h"

#include <QDateTime>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sextant::console {
namespace {

QString lowerSearchText(const HostRow& host)
{
    return (host.name + QLatin1Char('\n') + host.os + QLatin1Char('\n') + host.osFamily + QLatin1Char('\n') +
            stateWord(host.state) + QLatin1Char('\n') + host.agentVersion + QLatin1Char('\n') +
            tagTexts(host).join(QLatin1Char('\n')))
        .toLower();
}

QString quantityOr(const std::optional<double>& value, Quantity (*format)(double))
{
    return value ? format(*value).text() : absentMark();
}

/// The trend goes on with live values: the running minute holds the latest, an older minute that was skipped is absent.
void extendTrend(Trend& trend, std::int64_t time, std::optional<double> percent)
{
    constexpr std::size_t kMostMinutes = 60;
    if (trend.stepMs <= 0 || !percent || time < trend.from)
        return;
    const auto slot = static_cast<std::size_t>((time - trend.from) / trend.stepMs);
    if (slot > trend.values.size() + kMostMinutes)
        trend = {time / trend.stepMs * trend.stepMs, trend.stepMs, {static_cast<float>(*percent)}};
    else if (slot < trend.values.size())
        trend.values[slot] = static_cast<float>(*percent);
    else {
        trend.values.resize(slot, std::nanf(""));
        trend.values.push_back(static_cast<float>(*percent));
    }
    if (trend.values.size() > kMostMinutes) {
        const auto surplus = trend.values.size() - kMostMinutes;
        trend.values.erase(trend.values.begin(), trend.values.begin() + static_cast<std::ptrdiff_t>(surplus));
        trend.from += static_cast<std::int64_t>(surplus) * trend.stepMs;
    }
}

} // namespace

QString stateWord(HostState state)
{
    switch (state) {
    case HostState::Ok:
        return FleetModel::tr("ok");
    case HostState::Late:
        return FleetModel::tr("late");
    case HostState::Down:
        return FleetModel::tr("down");
    case HostState::Unknown:
        return FleetModel::tr("unknown");
    }
    return {};
}

QStringList tagTexts(const HostRow& host)
{
    QStringList texts;
    for (auto tag = host.tags.begin(); tag != host.tags.end(); ++tag)
        texts.append(tag.key() + QLatin1Char('=') + tag.value());
    return texts;
}

QString shortSystemName(const QString& name)
{
    QString shorter = name;
    shorter.remove(QStringLiteral("GNU/Linux "));
    if (const qsizetype bracket = shorter.indexOf(QStringLiteral(" (")); bracket > 0)
        shorter.truncate(bracket);
    return shorter;
}

int compareNaturally(QStringView left, QStringView right)
{
    qsizetype l = 0;
    qsizetype r = 0;
    while (l < left.size() && r < right.size()) {
        if (!left[l].isDigit() || !right[r].isDigit()) {
            const QChar a = left[l++].toCaseFolded();
            const QChar b = right[r++].toCaseFolded();
            if (a != b)
                return a < b ? -1 : 1;
            continue;
        }
        const auto digits = [](QStringView text, qsizetype& at) {
            while (at < text.size() && text[at] == u'0')
                ++at;
            const qsizetype start = at;
            while (at < text.size() && text[at].isDigit())
                ++at;
            return text.mid(start, at - start);
        };
        const QStringView a = digits(left, l);
        const QStringView b = digits(right, r);
        if (a.size() != b.size())
            return a.size() < b.size() ? -1 : 1;
        if (const int order = a.compare(b))
            return order;
    }
    const bool leftDone = l >= left.size();
    const bool rightDone = r >= right.size();
    return leftDone == rightDone ? left.compare(right) : (leftDone ? -1 : 1);
}

int FleetModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int FleetModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : kColumnCount;
}

QVariant FleetModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    if (role == Qt::DisplayRole || role == Qt::AccessibleTextRole)
        return displayText(index.row(), index.column());
    if (role == Qt::ToolTipRole)
        return toolTip(index.row(), index.column());
    if (role == Qt::TextAlignmentRole)
        return index.column() >= Receive && index.column() <= Uptime ? QVariant(Qt::AlignRight | Qt::AlignVCenter)
                                                                     : QVariant(Qt::AlignLeft | Qt::AlignVCenter);
    return {};
}

QVariant FleetModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= kColumnCount)
        return {};
    if (role == Qt::TextAlignmentRole)
        return section >= Receive && section <= Uptime ? QVariant(Qt::AlignRight | Qt::AlignVCenter)
                                                       : QVariant(Qt::AlignLeft | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole && section == State)
        return tr("State");
    if (role != Qt::DisplayRole)
        return {};
    const std::array<QString, kColumnCount> titles{QString(), tr("Host"), tr("System"), tr("CPU"), tr("1 h"),
        tr("Memory"), tr("Fullest disk"), tr("In"), tr("Out"), tr("Load"), tr("Up"), tr("Agent")};
    return titles[static_cast<std::size_t>(section)];
}

QString FleetModel::displayText(int row, int column) const
{
    const HostRow& host = this->host(row);
    switch (column) {
    case State:
        return stateWord(host.state);
    case Name:
        return host.name;
    case System:
        return host.os;
    case Cpu:
        return quantityOr(host.cpuPercent, formatPercent);
    case Memory:
        return quantityOr(host.memoryPercent, formatPercent);
    case Disk:
        return host.disk ? formatPercent(host.disk->usedPercent).text() + QLatin1Char(' ') + host.disk->mount
                         : absentMark();
    case Receive:
        return quantityOr(host.receiveBytesPerSecond, formatByteRate);
    case Transmit:
        return quantityOr(host.transmitBytesPerSecond, formatByteRate);
    case Load:
        return quantityOr(host.load1, formatPlain);
    case Uptime:
        return uptimeText(row);
    case Agent:
        return host.agentVersion;
    default:
        return {};
    }
}

QString FleetModel::uptimeText(int row) const
{
    if (const auto silent = silentMs(row))
        return tr("silent %1").arg(formatShortDuration(std::chrono::milliseconds(*silent)).text());
    const auto& uptime = host(row).uptimeSeconds;
    return uptime ? formatShortDuration(std::chrono::milliseconds(qint64(*uptime * 1000))).text() : absentMark();
}

QString FleetModel::toolTip(int row, int column) const
{
    const HostRow& host = this->host(row);
    switch (column) {
    case State:
    case Uptime:
        if (!host.lastSeen)
            return tr("%1 has sent nothing yet").arg(host.name);
        if (const auto silent = silentMs(row))
            return tr("%1 has sent nothing for %2 (last %3)")
                .arg(host.name, formatDuration(std::chrono::milliseconds(*silent)),
                    formatExact(QDateTime::fromMSecsSinceEpoch(*host.lastSeen)));
        if (column == Uptime && host.uptimeSeconds)
            return tr("up %1").arg(formatDuration(std::chrono::milliseconds(qint64(*host.uptimeSeconds * 1000))));
        return tr("%1 is %2 (last %3)")
            .arg(host.name, stateWord(host.state), formatExact(QDateTime::fromMSecsSinceEpoch(*host.lastSeen)));
    case Name:
        return host.name;
    case System:
        return QStringList{host.os, host.kernel, host.architecture}
            .filter(QRegularExpression(QStringLiteral(".")))
            .join(QStringLiteral(" · "));
    case Memory:
        if (host.memoryUsedBytes && host.memoryTotalBytes)
            return tr("%1 of %2")
                .arg(formatBytes(*host.memoryUsedBytes).text(), formatBytes(*host.memoryTotalBytes).text());
        return {};
    case Disk:
        if (host.disk && host.disk->usedBytes && host.disk->totalBytes)
            return tr("%1: %2 of %3")
                .arg(host.disk->mount, formatBytes(*host.disk->usedBytes).text(),
                    formatBytes(*host.disk->totalBytes).text());
        return host.disk ? host.disk->mount : QString();
    case CpuTrend:
        return tr("CPU over the last hour");
    default:
        return {};
    }
}

void FleetModel::load(const Overview& overview)
{
    m_now = overview.now;
    if (m_rows.empty()) {
        beginResetModel();
        for (const HostRow& host : overview.hosts)
            m_rows.push_back({host, lowerSearchText(host), 0});
        reindex(0);
        rankNames();
        endResetModel();
        emit statesChanged();
        return;
    }
    Overview changes = overview;
    QHash<HostId, bool> present;
    for (const HostRow& host : overview.hosts)
        present.insert(host.id, true);
    for (const Row& row : m_rows) {
        if (!present.contains(row.host.id))
            changes.removed.push_back(row.host.id);
    }
    apply(changes);
}

void FleetModel::apply(const Overview& changed)
{
    m_now = std::max(m_now, changed.now);
    bool statesDiffer = false;
    for (const HostId id : changed.removed) {
        statesDiffer = statesDiffer || m_rowOf.contains(id);
        removeHost(id);
    }
    std::vector<HostRow> added;
    bool namesDiffer = false;
    int first = rowCount();
    int last = -1;
    for (const HostRow& host : changed.hosts) {
        const auto found = rowOf(host.id);
        if (!found) {
            added.push_back(host);
            continue;
        }
        Row& row = m_rows[static_cast<std::size_t>(*found)];
        statesDiffer = statesDiffer || row.host.state != host.state;
        namesDiffer = namesDiffer || row.host.name != host.name;
        Trend trend = host.cpuTrend.values.empty() ? std::move(row.host.cpuTrend) : host.cpuTrend;
        if (host.cpuTrend.values.empty() && host.lastSeen)
            extendTrend(trend, *host.lastSeen, host.cpuPercent);
        row.host = host;
        row.host.cpuTrend = std::move(trend);
        row.searchText = lowerSearchText(host);
        first = std::min(first, *found);
        last = std::max(last, *found);
    }
    if (namesDiffer)
        rankNames();
    if (last >= 0)
        emit dataChanged(index(first, 0), index(last, kColumnCount - 1));
    statesDiffer = statesDiffer || !added.empty();
    appendHosts(std::move(added));
    if (statesDiffer)
        emit statesChanged();
}

void FleetModel::appendHosts(std::vector<HostRow> hosts)
{
    if (hosts.empty())
        return;
    const int first = rowCount();
    beginInsertRows({}, first, first + static_cast<int>(hosts.size()) - 1);
    for (HostRow& host : hosts) {
        QString text = lowerSearchText(host);
        m_rows.push_back({std::move(host), std::move(text), 0});
    }
    reindex(static_cast<std::size_t>(first));
    rankNames();
    endInsertRows();
}

void FleetModel::removeHost(HostId id)
{
    const auto row = rowOf(id);
    if (!row)
        return;
    beginRemoveRows({}, *row, *row);
    m_rows.erase(m_rows.begin() + *row);
    m_rowOf.remove(id);
    reindex(static_cast<std::size_t>(*row));
    endRemoveRows();
}

void FleetModel::clear()
{
    beginResetModel();
    m_rows.clear();
    m_rowOf.clear();
    endResetModel();
    emit statesChanged();
}

void FleetModel::setNow(std::int64_t now)
{
    if (now / 1000 == m_now / 1000)
        return;
    m_now = now;
    int first = rowCount();
    int last = -1;
    for (int row = 0; row < rowCount(); ++row) {
        if (!silentMs(row))
            continue;
        first = std::min(first, row);
        last = row;
    }
    if (last >= 0)
        emit dataChanged(index(first, Uptime), index(last, Uptime));
}

std::optional<int> FleetModel::rowOf(HostId id) const
{
    const auto found = m_rowOf.constFind(id);
    return found == m_rowOf.constEnd() ? std::nullopt : std::optional(*found);
}

std::optional<std::int64_t> FleetModel::silentMs(int row) const
{
    const HostRow& host = this->host(row);
    if ((host.state != HostState::Late && host.state != HostState::Down) || !host.lastSeen)
        return std::nullopt;
    return std::max<std::int64_t>(0, m_now - *host.lastSeen);
}

void FleetModel::reindex(std::size_t from)
{
    for (std::size_t row = from; row < m_rows.size(); ++row)
        m_rowOf.insert(m_rows[row].host.id, static_cast<int>(row));
}

void FleetModel::rankNames()
{
    std::vector<std::size_t> order(m_rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [this](std::size_t left, std::size_t right) {
        return compareNaturally(m_rows[left].host.name, m_rows[right].host.name) < 0;
    });
    for (std::size_t rank = 0; rank < order.size(); ++rank)
        m_rows[order[rank]].nameRank = static_cast<int>(rank);
}

FleetSummary FleetModel::summary() const
{
    FleetSummary summary;
    std::vector<double> cpu;
    for (const Row& row : m_rows) {
        ++summary.byState[static_cast<std::size_t>(row.host.state)];
        if (row.host.cpuPercent && (row.host.state == HostState::Ok || row.host.state == HostState::Late))
            cpu.push_back(*row.host.cpuPercent);
    }
    summary.total = static_cast<int>(m_rows.size());
    if (!cpu.empty()) {
        const auto middle = cpu.begin() + static_cast<std::ptrdiff_t>(cpu.size() / 2);
        std::ranges::nth_element(cpu, middle);
        summary.medianCpuPercent = *middle;
    }
    return summary;
}

} // namespace sextant::console
