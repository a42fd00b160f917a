// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/session/server_list.h"

#include <QWidget>

class QSettings;
class QVBoxLayout;

namespace sextant::console {

class Session;
class Theme;

/// How the console looks, and which servers it knows. Changes take effect at once and are kept in the settings file; no
/// secret is. GUI thread; everything given outlives it.
class SettingsPage : public QWidget {
    Q_OBJECT

public:
    SettingsPage(Theme& theme, Session& session, ServerList& servers, QSettings& settings, QWidget* parent = nullptr);

    void refresh();

signals:
    void densityChanged(bool dense);

private:
    QWidget* makeAppearance();
    QWidget* makeServers();
    void addServer(const ServerProfile& server);

    Theme& m_theme;
    Session& m_session;
    ServerList& m_servers;
    QSettings& m_settings;
    QVBoxLayout* m_rows = nullptr;
};

/// What the settings file says, with the defaults.
[[nodiscard]] bool isDense(const QSettings& settings);
void applyThemeChoice(const QSettings& settings, Theme& theme);

} // namespace sextant::console
