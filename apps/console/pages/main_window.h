// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/models/fleet_model.h"
#include "console/pages/rail.h"
#include "console/session/session.h"

#include <QMainWindow>
#include <QTimer>

class QMenu;
class QSettings;
class QStackedWidget;

namespace sextant::console {

class Banner;
class CommandPalette;
class ConnectPage;
class FleetPage;
class HostPage;
class ServerList;
class SettingsPage;
class Theme;
class TopBar;

/// The console's one window: rail, top bar, banner and the page that is shown. Carries the session's data to the models
/// and the person's wishes to the session; owns the fleet model. GUI thread; everything given outlives it.
class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    MainWindow(Theme& theme, Session& session, ServerList& servers, QSettings& settings, QWidget* parent = nullptr);
    ~MainWindow() override;

    [[nodiscard]] FleetModel& fleet() { return m_fleet; }
    [[nodiscard]] FleetPage& fleetPage() { return *m_fleetPage; }
    [[nodiscard]] HostPage& hostPage() { return *m_hostPage; }
    [[nodiscard]] Banner& banner() { return *m_banner; }
    void openHost(HostId id);
    void showFleet();

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void closeEvent(QCloseEvent* event) override;

private:
    void makeFrame();
    void makeShortcuts();
    void makePalette();
    void connectSession();
    void follow(Session::State state);
    void showPage(Page page);
    void showCurrent();
    void updateBanner();
    void updateTitle();
    void updateLink();
    void fillServerMenu();
    void tick();

    Theme& m_theme;
    Session& m_session;
    ServerList& m_servers;
    QSettings& m_settings;
    FleetModel m_fleet;
    Rail* m_rail;
    TopBar* m_topBar;
    Banner* m_banner;
    QStackedWidget* m_pages;
    ConnectPage* m_connectPage;
    FleetPage* m_fleetPage;
    HostPage* m_hostPage;
    SettingsPage* m_settingsPage;
    CommandPalette* m_palette = nullptr;
    QMenu* m_serverMenu;
    QTimer m_tick;
    Page m_page = Page::Fleet;
    bool m_onHost = false;
    QString m_shownServer;
    qint64 m_clockOffsetMs = 0; ///< server's clock minus ours
};

} // namespace sextant::console
