// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/charts/series_plot.h"

#include <QChart>
#include <QGraphicsLayout>
#include <QGraphicsScene>
#include <QImage>
#include <QLegend>
#include <QLineSeries>
#include <QPainter>
#include <QValueAxis>

#include <algorithm>
#include <cmath>

namespace sextant::console {

namespace {

/// A polyline read from left to right: its height at rising x, linear between points.
class Edge {
public:
    explicit Edge(const QList<QPointF>& points) : m_points(points) {}

    double at(double x)
    {
        while (m_next < m_points.size() && m_points[m_next].x() < x)
            ++m_next;
        if (m_next == 0)
            return m_points.constFirst().y();
        if (m_next == m_points.size())
            return m_points.constLast().y();
        const QPointF& left = m_points[m_next - 1];
        const QPointF& right = m_points[m_next];
        return left.y() + (right.y() - left.y()) * (x - left.x()) / (right.x() - left.x());
    }

private:
    const QList<QPointF>& m_points;
    qsizetype m_next = 0;
};

} // namespace

struct SeriesPlot::Parts {
    QGraphicsScene scene;
    QChart* chart = new QChart;
    QValueAxis* x = new QValueAxis;
    QValueAxis* y = new QValueAxis;
    std::vector<QLineSeries*> lines;

    Parts()
    {
        scene.addItem(chart);
        chart->setAnimationOptions(QChart::NoAnimation);
        chart->setBackgroundVisible(false);
        chart->setDropShadowEnabled(false);
        chart->setMargins({});
        chart->layout()->setContentsMargins(0, 0, 0, 0);
        chart->legend()->hide();
        chart->addAxis(x, Qt::AlignBottom);
        chart->addAxis(y, Qt::AlignLeft);
        x->setVisible(false);
        y->setVisible(false);
    }

    void attach(QAbstractSeries* series)
    {
        chart->addSeries(series);
        series->attachAxis(x);
        series->attachAxis(y);
    }

    QLineSeries* line(std::size_t index)
    {
        while (lines.size() <= index) {
            lines.push_back(new QLineSeries);
            attach(lines.back());
        }
        return lines[index];
    }

    void fill(QImage& image, const PlotArea& area) const;

    TimeSpan window;
    double maximum = 1;
    std::vector<PlotArea> filled;
    bool isDense = false; ///< more points than pixels: lines are mostly upright
};

/// Pixel column by pixel column. Qt Charts would fill the outline as a path, which for a line with two points per pixel
/// falls into a span per column and scanline: some hundred times as long. Areas do not overlap, so nothing is blended.
void SeriesPlot::Parts::fill(QImage& image, const PlotArea& area) const
{
    if (area.upper.isEmpty() || window.length() <= 0)
        return;
    const double msPerColumn = static_cast<double>(window.length()) / image.width();
    const auto from = static_cast<double>(window.from);
    const auto columnOf = [&](const QPointF& point) { return (point.x() - from) / msPerColumn; };
    const int first = std::max(0, static_cast<int>(std::floor(columnOf(area.upper.constFirst()))));
    const int end = std::min(image.width(), static_cast<int>(std::ceil(columnOf(area.upper.constLast()))));
    const double rowsPerUnit = image.height() / maximum;
    const auto rowOf = [&](double value) {
        return std::clamp(static_cast<int>(std::lround(image.height() - value * rowsPerUnit)), 0, image.height());
    };
    const QRgb colour = qPremultiply(area.fill.rgba());
    auto* const pixels = reinterpret_cast<QRgb*>(image.bits());
    const qsizetype pixelsPerRow = image.bytesPerLine() / qsizetype{sizeof(QRgb)};
    Edge upper(area.upper);
    Edge lower(area.lower);
    for (int column = first; column < end; ++column) {
        const double time = from + (column + 0.5) * msPerColumn;
        const int bottom = area.lower.isEmpty() ? image.height() : rowOf(lower.at(time));
        for (int row = rowOf(upper.at(time)); row < bottom; ++row)
            pixels[row * pixelsPerRow + column] = colour;
    }
}

SeriesPlot::SeriesPlot() : m_parts(std::make_unique<Parts>()) {}
SeriesPlot::~SeriesPlot() = default;

void SeriesPlot::show(
    TimeSpan window, double maximum, const std::vector<PlotArea>& areas, const std::vector<PlotLine>& lines, int pixels)
{
    m_parts->x->setRange(double(window.from), double(window.to));
    m_parts->y->setRange(0, maximum);
    m_parts->window = window;
    m_parts->maximum = maximum;
    m_parts->filled = areas;
    m_parts->isDense =
        std::ranges::any_of(lines, [pixels](const PlotLine& line) { return line.points.size() > pixels; });
    for (std::size_t index = 0; index < lines.size(); ++index) {
        QLineSeries* line = m_parts->line(index);
        line->setPen(QPen(lines[index].colour, m_parts->isDense ? 1.0 : lines[index].width));
        line->replace(lines[index].points);
        line->setVisible(true);
    }
    for (std::size_t index = lines.size(); index < m_parts->lines.size(); ++index)
        m_parts->lines[index]->setVisible(false);
}

void SeriesPlot::paint(QPainter& painter, const QRectF& target)
{
    const QRectF plot(QPointF(0, 0), target.size());
    if (m_parts->chart->size() != plot.size()) {
        m_parts->chart->resize(plot.size());
        m_parts->chart->setPlotArea(plot);
        m_parts->chart->layout()->activate();
        m_parts->scene.setSceneRect(plot);
    }
    painter.save();
    painter.setClipRect(target);
    if (!m_parts->filled.empty()) {
        const double ratio = painter.device()->devicePixelRatioF();
        QImage image((target.size() * ratio).toSize(), QImage::Format_ARGB32_Premultiplied);
        image.fill(Qt::transparent);
        for (const PlotArea& area : m_parts->filled)
            m_parts->fill(image, area);
        painter.drawImage(target, image);
    }
    // Smoothing upright strokes of one pixel changes nothing that one could see, and costs several times as much.
    painter.setRenderHint(QPainter::Antialiasing, !m_parts->isDense);
    m_parts->scene.render(&painter, target, plot, Qt::IgnoreAspectRatio);
    painter.restore();
}

} // namespace sextant::console
