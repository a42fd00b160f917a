// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/charts/bucket.h"
#include "console/charts/scale.h"
#include "console/charts/time_chart_legend.h"
#include "console/format/format.h"

#include <QElapsedTimer>
#include <QPixmap>
#include <QSet>
#include <QTimer>
#include <QWidget>

#include <memory>
#include <optional>
#include <vector>

namespace sextant::console {

class SeriesPlot;
class Theme;
class TimeWindow;

/// One thing that a chart shows over time.
struct ChartSeries {
    QString key;  ///< stable over updates: isolation is remembered by it
    QString name; ///< for people
    QColor colour;
    std::vector<Bucket> buckets; ///< in order of time
    bool background = false;     ///< one of many, drawn thin and pale, not in the legend
    bool peak = false;           ///< in a stack: not a layer but a thin line of the greatest values over it
};

/// The console's one chart: lines or a stack over time, with a title that says the unit, hairlines, gaps that are gaps,
/// a legend that counts, a crosshair shared by all charts of the same TimeWindow, zoom by dragging, back by Escape or
/// double click. What does not move with the pointer is painted once into a pixmap; the pointer's marks go over it.
/// Paints at most ten times a second for data, at once for the pointer. GUI thread; theme and window outlive it.
class TimeChart : public QWidget {
    Q_OBJECT

public:
    enum class Kind { Lines, Stack };
    static constexpr std::chrono::milliseconds kLeastPause{100};

    TimeChart(const Theme& theme, TimeWindow& window, QWidget* parent = nullptr);
    ~TimeChart() override;

    void setTitle(const QString& title, const QString& detail = {});
    [[nodiscard]] const QString& title() const { return m_title; }
    void setKind(Kind kind) { m_kind = kind; }
    void setMeasure(Measure measure) { m_measure = measure; }
    /// The top of the axis where it is known, e.g. all the memory.
    void setMaximum(std::optional<double> maximum) { m_maximum = maximum; }
    /// Lets a percent axis end where its values do, but not lower than this.
    void setLeastMaximum(std::optional<double> maximum) { m_leastMaximum = maximum; }
    void setFootnote(const QString& text) { m_legend.setFootnote(text); }
    /// New data. Buckets further apart than `gapMs` are a gap.
    void setSeries(std::vector<ChartSeries> series, std::int64_t stepMs, std::int64_t gapMs);
    /// Before the first data: a skeleton. With a text: the text, in the middle of the empty chart.
    void setWaiting(bool waiting, const QString& text = {});

    /// How many points Qt Charts was given for the last picture, over all series: for tests and benchmarks.
    [[nodiscard]] std::size_t paintedPoints() const { return m_paintedPoints; }
    [[nodiscard]] const std::vector<ChartSeries>& series() const { return m_series; }
    [[nodiscard]] int plotWidth() const;
    /// What the legend takes by itself, and what it is given so that charts side by side end on one line.
    [[nodiscard]] int legendHeight() const { return m_legend.height(); }
    void setLeastLegendHeight(int height);
    /// Makes the cached picture again now; paintEvent() does so when something changed: hands the points to Qt Charts,
    /// then paints.
    void renderCache();
    /// The second half of it: paints the whole chart anew from the points that Qt Charts has.
    void paintPicture();

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

signals:
    /// The legend takes more or less room than before.
    void legendResized();

private:
    [[nodiscard]] QRectF plotRect() const;
    [[nodiscard]] QRectF legendRect() const;
    [[nodiscard]] int legendRoom() const;
    [[nodiscard]] double xOf(std::int64_t time) const;
    [[nodiscard]] std::int64_t timeAt(double x) const;
    [[nodiscard]] bool isShown(const ChartSeries& series) const;
    [[nodiscard]] const ChartSeries* longestSeries() const;
    void invalidate();
    void windowAdvanced();
    void updateScale();
    void updateLegend();
    void updateLegendCursor();
    void giveToPlot();
    void giveStack();
    void paintFrame(QPainter& painter) const;
    void paintTitle(QPainter& painter) const;
    void paintGrid(QPainter& painter) const;
    void paintGaps(QPainter& painter) const;
    void paintSkeleton(QPainter& painter) const;
    void paintCursor(QPainter& painter) const;
    void paintPanel(QPainter& painter, double x, std::int64_t time) const;
    void clickLegend(QPointF point, bool add);
    void moveCursor(int buckets);

    const Theme& m_theme;
    TimeWindow& m_window;
    std::unique_ptr<SeriesPlot> m_plot;
    TimeChartLegend m_legend;
    QString m_title, m_detail, m_message;
    Kind m_kind = Kind::Lines;
    Measure m_measure = Measure::Plain;
    std::optional<double> m_maximum, m_leastMaximum;
    std::vector<ChartSeries> m_series;
    std::int64_t m_stepMs = 10'000, m_gapMs = 25'000;
    bool m_waiting = true;
    ValueScale m_scale;
    QSet<QString> m_isolated;
    QPixmap m_cache;
    bool m_stale = true;
    TimeSpan m_painted;
    std::size_t m_paintedPoints = 0;
    QTimer m_repaint;
    QElapsedTimer m_sincePaint;
    int m_leastLegend = 0;
    std::optional<double> m_dragFrom, m_dragTo;
    bool m_hovered = false;
};

} // namespace sextant::console
