// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/models/fleet_model.h"
#include "console/models/fleet_proxy.h"

#include <QTimer>
#include <QWidget>

class QLabel;
class QLineEdit;
class QStackedWidget;
class QTableView;

namespace sextant::console {

class FleetDelegate;
class FleetMap;
class Notice;
class Theme;

/// The fleet: how many hosts are well, the map of all of them, and the table that is sorted, filtered and walked with
/// the keyboard. Live values change in place; the order is made again when a state changes, and every kReorder while
/// nobody points at the table. GUI thread; model and theme outlive it.
class FleetPage : public QWidget {
    Q_OBJECT

public:
    static constexpr std::chrono::seconds kReorder{10};

    FleetPage(const Theme& theme, FleetModel& fleet, QWidget* parent = nullptr);

    void setServer(const QString& address);
    void setLoading(bool loading);
    void setDense(bool dense);
    void focusFilter();
    void focusTable();
    [[nodiscard]] QTableView* table() const { return m_table; }
    [[nodiscard]] FleetProxy& proxy() { return m_proxy; }

signals:
    void hostOpened(sextant::console::HostId id);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    class Summary;
    class Skeleton;

    void makeTable();
    void makeLayout();
    void layoutColumns();
    void fitTable();
    void updateState();
    void reorder();
    void open(const QModelIndex& index);
    bool filterKey(int key);

    const Theme& m_theme;
    FleetModel& m_fleet;
    FleetProxy m_proxy;
    QLabel* m_count;
    QLineEdit* m_filter;
    Summary* m_summary;
    FleetMap* m_map;
    QWidget* m_overview = nullptr;
    QWidget* m_card = nullptr;
    QTableView* m_table;
    FleetDelegate* m_delegate;
    QStackedWidget* m_body;
    Notice* m_empty;
    QLabel* m_noMatch;
    QTimer m_reorder;
    bool m_loading = true;
};

} // namespace sextant::console
