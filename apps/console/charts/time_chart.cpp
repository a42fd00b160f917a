// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/charts/time_chart.h"

#include "console/charts/reduce.h"
#include "console/charts/series_plot.h"
#include "console/charts/stack.h"
#include "console/charts/time_window.h"
#include "console/theme/theme.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace sextant::console {
namespace {

constexpr int kLeastPlotHeight = 112;
constexpr int kMargin = 12, kTitle = 20, kTitleGap = 10, kTimeLabels = 20, kLegendGap = 4, kGutter = 40;
constexpr double kLeastDrag = 6;

} // namespace

TimeChart::TimeChart(const Theme& theme, TimeWindow& window, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_window(window), m_plot(std::make_unique<SeriesPlot>()), m_legend(theme)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::TabFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    m_repaint.setSingleShot(true);
    connect(&m_repaint, &QTimer::timeout, this, qOverload<>(&QWidget::update));
    connect(&theme, &Theme::changed, this, &TimeChart::invalidate);
    connect(&window, &TimeWindow::jumped, this, &TimeChart::invalidate);
    connect(&window, &TimeWindow::advanced, this, &TimeChart::windowAdvanced);
    connect(&window, &TimeWindow::cursorChanged, this, [this] {
        updateLegendCursor();
        update();
    });
    m_scale = scaleFor(m_measure, 0, std::nullopt);
}

TimeChart::~TimeChart() = default;

void TimeChart::setTitle(const QString& title, const QString& detail)
{
    if (title == m_title && detail == m_detail)
        return;
    m_title = title;
    m_detail = detail;
    setAccessibleName(title);
    setAccessibleDescription(detail);
    invalidate();
}

void TimeChart::setSeries(std::vector<ChartSeries> series, std::int64_t stepMs, std::int64_t gapMs)
{
    m_series = std::move(series);
    m_stepMs = stepMs;
    m_gapMs = gapMs;
    m_waiting = false;
    m_message.clear();
    const int before = m_legend.height();
    updateLegend();
    if (m_legend.height() != before) {
        updateGeometry();
        emit legendResized();
    }
    invalidate();
}

void TimeChart::setWaiting(bool waiting, const QString& text)
{
    m_waiting = waiting;
    m_message = text;
    invalidate();
}

QSize TimeChart::sizeHint() const
{
    return minimumSizeHint() + QSize(120, 24);
}

QSize TimeChart::minimumSizeHint() const
{
    return {280, 2 * kMargin + kTitle + kTitleGap + kLeastPlotHeight + kTimeLabels + kLegendGap + legendRoom()};
}

QRectF TimeChart::plotRect() const
{
    const double top = kMargin + kTitle + kTitleGap;
    return {kMargin + kGutter + 0.0, top, std::max(10.0, width() - 2.0 * kMargin - kGutter),
        std::max(10.0, height() - top - kTimeLabels - kLegendGap - legendRoom() - kMargin)};
}

QRectF TimeChart::legendRect() const
{
    return {double(kMargin), height() - kMargin - double(legendRoom()), width() - 2.0 * kMargin, double(legendRoom())};
}

int TimeChart::legendRoom() const
{
    return std::max(m_leastLegend, m_legend.height());
}

void TimeChart::setLeastLegendHeight(int height)
{
    if (height == m_leastLegend)
        return;
    m_leastLegend = height;
    updateGeometry();
    invalidate();
}

int TimeChart::plotWidth() const
{
    return int(plotRect().width());
}

double TimeChart::xOf(std::int64_t time) const
{
    const QRectF plot = plotRect();
    const TimeSpan span = m_window.span();
    return plot.left() + plot.width() * double(time - span.from) / double(std::max<std::int64_t>(1, span.length()));
}

std::int64_t TimeChart::timeAt(double x) const
{
    const QRectF plot = plotRect();
    const double share = std::clamp((x - plot.left()) / plot.width(), 0.0, 1.0);
    return m_window.span().from + std::int64_t(share * double(m_window.span().length()));
}

bool TimeChart::isShown(const ChartSeries& series) const
{
    return m_isolated.isEmpty() || m_isolated.contains(series.key);
}

const ChartSeries* TimeChart::longestSeries() const
{
    const auto longest =
        std::ranges::max_element(m_series, {}, [](const ChartSeries& each) { return each.buckets.size(); });
    return longest == m_series.end() ? nullptr : &*longest;
}

void TimeChart::invalidate()
{
    m_stale = true;
    if (m_repaint.isActive())
        return;
    const qint64 since = m_sincePaint.isValid() ? m_sincePaint.elapsed() : kLeastPause.count();
    m_repaint.start(std::chrono::milliseconds(std::max<qint64>(0, kLeastPause.count() - since)));
}

void TimeChart::windowAdvanced()
{
    // Less than a pixel further is nothing to paint for.
    const double moved =
        double(m_window.span().to - m_painted.to) / double(std::max<std::int64_t>(1, m_painted.length()));
    if (m_painted.length() <= 0 || moved * plotRect().width() >= 1)
        invalidate();
}

void TimeChart::updateScale()
{
    double highest = 0;
    if (m_kind == Kind::Lines || m_measure != Measure::Percent) {
        for (const ChartSeries& each : m_series) {
            if (isShown(each))
                highest = std::max(highest, extremesIn(each.buckets, m_window.span()).maximum);
        }
    }
    m_scale = scaleFor(m_measure, highest, m_maximum, m_leastMaximum);
}

void TimeChart::updateLegend()
{
    std::vector<LegendRow> rows;
    for (const ChartSeries& each : m_series) {
        if (!each.background)
            rows.push_back(
                {each.key, each.name, each.colour, extremesIn(each.buckets, m_window.span()), {}, !isShown(each)});
    }
    m_legend.setRows(std::move(rows));
    updateLegendCursor();
}

void TimeChart::updateLegendCursor()
{
    const auto cursor = m_window.cursor();
    for (LegendRow& row : m_legend.rows()) {
        row.atCursor.reset();
        if (!cursor) {
            if (row.extremes.found)
                row.atCursor = row.extremes.last;
            continue;
        }
        const auto each = std::ranges::find(m_series, row.key, &ChartSeries::key);
        if (const Bucket* bucket = nearest(each->buckets, *cursor, m_gapMs / 2))
            row.atCursor = each->peak ? bucket->maximum : bucket->average;
    }
}

void TimeChart::giveStack()
{
    const int pixels = plotWidth();
    std::vector<std::span<const Bucket>> layers;
    std::vector<QColor> colours;
    std::vector<PlotLine> lines;
    for (const ChartSeries& each : m_series) {
        if (each.peak) {
            for (QList<QPointF>& run : reduceToColumns(each.buckets, m_window.span(), pixels, m_gapMs))
                lines.push_back({std::move(run), each.colour, 1});
        } else if (isShown(each)) {
            layers.push_back(each.buckets);
            colours.push_back(each.colour);
        }
    }
    std::vector<PlotArea> areas;
    for (const StackRun& run : stackToColumns(layers, m_window.span(), pixels, m_gapMs)) {
        for (std::size_t layer = 0; layer < run.edges.size(); ++layer) {
            QColor fill = colours[layer];
            fill.setAlphaF(0.4F);
            areas.push_back({run.edges[layer], layer == 0 ? QList<QPointF>() : run.edges[layer - 1], fill});
            lines.push_back({run.edges[layer], colours[layer], 1.3});
        }
    }
    m_plot->show(m_window.span(), m_scale.maximum, areas, lines, plotWidth());
    for (const PlotLine& line : lines)
        m_paintedPoints += static_cast<std::size_t>(line.points.size());
}

void TimeChart::giveToPlot()
{
    m_paintedPoints = 0;
    if (m_kind == Kind::Stack) {
        giveStack();
        return;
    }
    std::vector<PlotLine> lines;
    std::vector<PlotArea> areas;
    const auto shown = std::ranges::count_if(m_series, [this](const ChartSeries& each) { return isShown(each); });
    for (const bool background : {true, false}) {
        for (const ChartSeries& each : m_series) {
            if (each.background != background || !isShown(each))
                continue;
            QColor colour = each.colour;
            if (background)
                colour.setAlphaF(m_series.size() > 16 ? 0.15F : 0.35F);
            for (QList<QPointF>& run : reduceToColumns(each.buckets, m_window.span(), plotWidth(), m_gapMs)) {
                m_paintedPoints += static_cast<std::size_t>(run.size());
                if (shown == 1) {
                    QColor fill = each.colour;
                    fill.setAlphaF(0.1F);
                    areas.push_back({run, {}, fill});
                }
                lines.push_back({std::move(run), colour, background ? 1.0 : 1.5});
            }
        }
    }
    m_plot->show(m_window.span(), m_scale.maximum, areas, lines, plotWidth());
}

void TimeChart::renderCache()
{
    updateScale();
    updateLegend();
    if (!m_waiting)
        giveToPlot();
    paintPicture();
}

void TimeChart::paintPicture()
{
    const double ratio = devicePixelRatioF();
    const QSize pixels = (QSizeF(size()) * ratio).toSize();
    if (m_cache.size() != pixels)
        m_cache = QPixmap(pixels);
    m_cache.setDevicePixelRatio(ratio);
    m_cache.fill(m_theme.palette().background);
    QPainter painter(&m_cache);
    paintFrame(painter);
    paintTitle(painter);
    paintGrid(painter);
    if (m_waiting) {
        paintSkeleton(painter);
    } else {
        paintGaps(painter);
        m_plot->paint(painter, plotRect());
    }
    m_painted = m_window.span();
    m_stale = false;
    m_sincePaint.restart();
}

void TimeChart::paintEvent(QPaintEvent*)
{
    if (m_stale)
        renderCache();
    QPainter painter(this);
    painter.drawPixmap(0, 0, m_cache);
    if (!m_waiting) {
        const auto cursor = m_window.cursor();
        const QString title = cursor ? formatClock(QDateTime::fromMSecsSinceEpoch(*cursor))
                                     : (m_window.isLive() ? tr("now") : tr("last"));
        m_legend.paint(painter, legendRect(), m_measure, title);
    }
    paintCursor(painter);
}

void TimeChart::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_stale = true;
}

void TimeChart::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::LanguageChange)
        invalidate();
}

void TimeChart::mouseMoveEvent(QMouseEvent* event)
{
    const QPointF point = event->position();
    m_hovered = plotRect().adjusted(0, -kTitleGap, 0, kTimeLabels).contains(point);
    if (m_dragFrom)
        m_dragTo = std::clamp(point.x(), plotRect().left(), plotRect().right());
    m_window.setCursor(m_hovered || m_dragFrom ? std::optional(timeAt(point.x())) : std::nullopt);
    const LegendRow* row = m_legend.rowAt(legendRect(), point);
    setCursor(row || m_legend.isFoldAt(legendRect(), point) ? Qt::PointingHandCursor
                                                            : (m_hovered ? Qt::CrossCursor : Qt::ArrowCursor));
    setToolTip(row ? row->name : QString());
    update();
}

void TimeChart::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    if (plotRect().contains(event->position()))
        m_dragFrom = m_dragTo = event->position().x();
    else
        clickLegend(event->position(), event->modifiers().testFlag(Qt::ControlModifier));
}

void TimeChart::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !m_dragFrom)
        return;
    const double from = std::min(*m_dragFrom, *m_dragTo);
    const double to = std::max(*m_dragFrom, *m_dragTo);
    m_dragFrom.reset();
    m_dragTo.reset();
    if (to - from >= kLeastDrag)
        m_window.zoomTo({timeAt(from), timeAt(to)});
    update();
}

void TimeChart::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (plotRect().contains(event->position()))
        m_window.zoomBack();
}

void TimeChart::leaveEvent(QEvent* event)
{
    QWidget::leaveEvent(event);
    m_hovered = false;
    m_window.setCursor(std::nullopt);
}

void TimeChart::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Left)
        moveCursor(-1);
    else if (event->key() == Qt::Key_Right)
        moveCursor(1);
    else
        QWidget::keyPressEvent(event);
}

void TimeChart::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    invalidate();
}

void TimeChart::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    invalidate();
}

void TimeChart::moveCursor(int buckets)
{
    const TimeSpan span = m_window.span();
    const std::int64_t step = std::max(m_stepMs, span.length() / std::max(1, plotWidth()));
    const std::int64_t from = m_window.cursor().value_or(span.to);
    m_hovered = true;
    m_window.setCursor(std::clamp(from + buckets * step, span.from, span.to - 1));
}

void TimeChart::clickLegend(QPointF point, bool add)
{
    if (m_legend.isFoldAt(legendRect(), point)) {
        m_legend.setUnfolded(!m_legend.isUnfolded());
        updateGeometry();
        emit legendResized();
        invalidate();
        return;
    }
    const LegendRow* row = m_legend.rowAt(legendRect(), point);
    if (!row)
        return;
    const QString key = row->key;
    const bool wasAlone = m_isolated.size() == 1 && m_isolated.contains(key);
    if (!add) {
        m_isolated = wasAlone ? QSet<QString>() : QSet<QString>{key};
    } else if (!m_isolated.remove(key)) {
        m_isolated.insert(key);
    }
    m_stale = true;
    update();
}

} // namespace sextant::console
