// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/charts/series_plot.h"

#include <QAreaSeries>
#include <QChart>
#include <QGraphicsLayout>
#include <QGraphicsScene>
#include <QLegend>
#include <QLineSeries>
#include <QPainter>
#include <QValueAxis>

namespace sextant::console {

struct SeriesPlot::Parts {
    struct Area {
        QLineSeries* upper;
        QLineSeries* lower;
        QAreaSeries* series;
    };

    QGraphicsScene scene;
    QChart* chart = new QChart;
    QValueAxis* x = new QValueAxis;
    QValueAxis* y = new QValueAxis;
    std::vector<QLineSeries*> lines;
    std::vector<Area> areas;

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

    Area& area(std::size_t index)
    {
        while (areas.size() <= index) {
            auto* upper = new QLineSeries(chart);
            auto* lower = new QLineSeries(chart);
            auto* series = new QAreaSeries(upper, lower);
            series->setPen(Qt::NoPen);
            areas.push_back({upper, lower, series});
            attach(series);
        }
        return areas[index];
    }
};

SeriesPlot::SeriesPlot() : m_parts(std::make_unique<Parts>()) {}
SeriesPlot::~SeriesPlot() = default;

void SeriesPlot::show(
    TimeSpan window, double maximum, const std::vector<PlotArea>& areas, const std::vector<PlotLine>& lines)
{
    m_parts->x->setRange(double(window.from), double(window.to));
    m_parts->y->setRange(0, maximum);
    for (std::size_t index = 0; index < areas.size(); ++index) {
        Parts::Area& area = m_parts->area(index);
        area.upper->replace(areas[index].upper);
        QList<QPointF> lower = areas[index].lower;
        if (lower.isEmpty() && !areas[index].upper.isEmpty())
            lower = {{areas[index].upper.constFirst().x(), 0}, {areas[index].upper.constLast().x(), 0}};
        area.lower->replace(lower);
        area.series->setBrush(areas[index].fill);
        area.series->setVisible(true);
    }
    for (std::size_t index = areas.size(); index < m_parts->areas.size(); ++index)
        m_parts->areas[index].series->setVisible(false);
    for (std::size_t index = 0; index < lines.size(); ++index) {
        QLineSeries* line = m_parts->line(index);
        line->setPen(QPen(lines[index].colour, lines[index].width));
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
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setClipRect(target);
    m_parts->scene.render(&painter, target, plot, Qt::IgnoreAspectRatio);
    painter.restore();
}

} // namespace sextant::console
