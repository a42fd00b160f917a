// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/pages/host_header.h"

#include "console/format/format.h"
#include "console/models/fleet_model.h"
#include "console/theme/figures.h"
#include "console/theme/state_mark.h"
#include "console/theme/theme.h"

#include <QDateTime>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace sextant::console {
namespace {

using namespace metrics_px;

constexpr int kTitleHeight = 30, kFigureTop = 40, kHeight = 96;

Quantity percentOr(const std::optional<double>& percent)
{
    return percent ? formatPercent(std::round(*percent)) : Quantity{absentMark(), {}};
}

} // namespace

HostHeader::HostHeader(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme)
{
    setFixedHeight(kHeight);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void HostHeader::show(const HostRow& host, std::optional<std::int64_t> silentMs)
{
    m_host = host;
    m_silentMs = silentMs;
    setToolTip((QStringList(host.name) + tagTexts(host)).join(QLatin1Char('\n')));
    setAccessibleName(tr("%1 is %2").arg(host.name, stateWord(host.state)));
    update();
}

void HostHeader::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    paintTitle(painter);
    paintFigures(painter);
}

void HostHeader::paintTitle(QPainter& painter) const
{
    const Palette& palette = m_theme.palette();
    paintStateMark(painter, QPointF(7, kTitleHeight / 2.0), 12, m_host.state, palette);
    QStringList facts;
    if (!m_host.os.isEmpty())
        facts.append(shortSystemName(m_host.os));
    if (m_host.cores)
        facts.append(tr("%n core(s)", nullptr, *m_host.cores));
    if (m_host.memoryTotalBytes)
        facts.append(formatBytes(*m_host.memoryTotalBytes).text());
    if (!m_host.architecture.isEmpty())
        facts.append(m_host.architecture);
    facts.append(tagTexts(m_host));
    QString said;
    if (m_silentMs && m_host.lastSeen) {
        said = tr("has sent nothing for %1 (last %2)")
                   .arg(formatDuration(std::chrono::milliseconds(*m_silentMs / 1000 * 1000)),
                       formatClock(QDateTime::fromMSecsSinceEpoch(*m_host.lastSeen)));
    } else if (m_host.state == HostState::Unknown) {
        said = tr("has sent nothing yet");
    }
    const QFont title = m_theme.font(kPage, QFont::DemiBold);
    const QFont body = m_theme.font(kBody);
    const QFontMetricsF bodyMetrics(body);
    const double factsWidth =
        bodyMetrics.horizontalAdvance(facts.join(QStringLiteral(" · "))) + bodyMetrics.horizontalAdvance(said) + 32;
    const double nameWidth = std::max(160.0, width() - 24 - std::min(factsWidth, width() * 0.5));
    const QString name = QFontMetricsF(title).elidedText(m_host.name, Qt::ElideMiddle, nameWidth);
    painter.setFont(title);
    painter.setPen(palette.text);
    painter.drawText(QRectF(22, 0, nameWidth + 4, kTitleHeight), Qt::AlignVCenter, name);
    QRectF rest(22 + QFontMetricsF(title).horizontalAdvance(name) + kGap12, 2, 0, kTitleHeight);
    rest.setRight(width());
    painter.setFont(body);
    if (!said.isEmpty()) {
        painter.setPen(palette.stateText(m_host.state));
        painter.drawText(rest, Qt::AlignVCenter, said);
        rest.setLeft(rest.left() + bodyMetrics.horizontalAdvance(said) + kGap12);
    }
    painter.setPen(palette.quiet);
    painter.drawText(rest, Qt::AlignVCenter,
        bodyMetrics.elidedText(facts.join(QStringLiteral(" · ")), Qt::ElideRight, rest.width()));
}

void HostHeader::paintFigures(QPainter& painter) const
{
    const Palette& palette = m_theme.palette();
    const Figures big(m_theme.font(kBig, QFont::DemiBold));
    const Figures unit(m_theme.font(kBody, QFont::DemiBold));
    const Figures label(m_theme.font(kLabel));
    double x = 0;
    const auto add = [&](const Quantity& quantity, const QString& caption) {
        const QRectF row(x, kFigureTop, 400, 32);
        const double figure =
            drawQuantity(painter, row, Qt::AlignLeft, quantity, big, unit, palette.text, palette.quiet);
        painter.setPen(palette.quiet);
        const QString shown = QFontMetricsF(label.font()).elidedText(caption, Qt::ElideMiddle, 150);
        label.draw(painter, QRectF(x, kFigureTop + 34, 200, 16), Qt::AlignLeft, shown);
        x += std::max(figure, label.width(shown)) + kGap24 + 4;
    };
    const auto rate = [](const std::optional<double>& value) {
        return value ? formatByteRate(*value) : Quantity{absentMark(), {}};
    };
    add(percentOr(m_host.cpuPercent), tr("CPU"));
    if (m_host.memoryUsedBytes && m_host.memoryTotalBytes) {
        Quantity memory = formatBytes(*m_host.memoryUsedBytes);
        memory.unit = tr("%1 of %2").arg(memory.unit, formatBytes(*m_host.memoryTotalBytes).text());
        add(memory, tr("memory"));
    } else {
        add(percentOr(m_host.memoryPercent), tr("memory"));
    }
    add(m_host.disk ? percentOr(m_host.disk->usedPercent) : Quantity{absentMark(), {}},
        m_host.disk ? tr("fullest disk, %1").arg(m_host.disk->mount) : tr("fullest disk"));
    add(rate(m_host.receiveBytesPerSecond), tr("in"));
    add(rate(m_host.transmitBytesPerSecond), tr("out"));
    add(m_host.load1 ? formatPlain(*m_host.load1) : Quantity{absentMark(), {}}, tr("load, 1 min"));
    add(m_host.uptimeSeconds ? formatShortDuration(std::chrono::milliseconds(qint64(*m_host.uptimeSeconds * 1000)))
                             : Quantity{absentMark(), {}},
        tr("up"));
}

} // namespace sextant::console
