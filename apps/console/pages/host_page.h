// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/charts/time_window.h"
#include "console/models/host_charts.h"
#include "console/models/host_series.h"

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

#include <vector>

class QAbstractButton;
class QCheckBox;
class QGridLayout;
class QLabel;
class QScrollArea;

namespace sextant::console {

class FleetModel;
class HostHeader;
class Session;
class Theme;

/// One host: headline numbers and charts over a common stretch of time. Asks for data when the stretch jumps or the
/// width in pixels changes, appends live frames otherwise. GUI thread; session, model and theme outlive it.
class HostPage : public QWidget {
    Q_OBJECT

public:
    HostPage(const Theme& theme, Session& session, FleetModel& fleet, QWidget* parent = nullptr);

    void openHost(HostId id);
    void closeHost();
    [[nodiscard]] HostId host() const { return m_series.host(); }
    /// Asks for everything again, e.g. after the connection came back.
    void reload();
    /// The server's clock, Unix ms.
    void setNow(std::int64_t now);
    /// Esc: back out of a zoom. False when there was none.
    bool stepBack();
    [[nodiscard]] TimeWindow& window() { return m_window; }
    [[nodiscard]] const std::vector<TimeChart*>& charts() const { return m_charts; }

signals:
    void liveChanged(bool live);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void makeCharts(QWidget* content);
    QWidget* makeRanges();
    void arrange();
    void updateHeader();
    void updateFamily(const QString& family);
    void updateChart(std::size_t index);
    void updateRanges();
    void alignLegends();

    const Theme& m_theme;
    Session& m_session;
    FleetModel& m_fleet;
    TimeWindow m_window;
    HostSeries m_series;
    HostHeader* m_header;
    QScrollArea* m_scroll;
    QGridLayout* m_grid = nullptr;
    std::vector<TimeChart*> m_charts;
    std::vector<QAbstractButton*> m_ranges;
    QCheckBox* m_live = nullptr;
    QAbstractButton* m_back = nullptr;
    QLabel* m_span = nullptr;
    QTimer m_reload;
};

} // namespace sextant::console
