// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/models/fleet_model.h"

#include <QWidget>

#include <functional>
#include <vector>

class QLineEdit;
class QListWidget;

namespace sextant::console {

class Theme;

/// Something that the palette can do besides opening a host.
struct PaletteAction {
    QString text;
    std::function<void()> run;
};

/// Ctrl+K: type a few letters, press Enter. Hosts whose name begins with the text come first, then those that contain
/// it, then pages and actions. At most kMost lines. A panel over the window, closed by Esc or a click elsewhere. GUI
/// thread; model and theme outlive it.
class CommandPalette : public QWidget {
    Q_OBJECT

public:
    static constexpr int kMost = 9;

    CommandPalette(const Theme& theme, const FleetModel& fleet, std::vector<PaletteAction> actions, QWidget* parent);

    void open();

signals:
    void hostChosen(sextant::console::HostId id);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void fill();
    void choose();
    void addLine(const QString& text, const QString& kind, int host, int action);

    const Theme& m_theme;
    const FleetModel& m_fleet;
    std::vector<PaletteAction> m_actions;
    QLineEdit* m_input;
    QListWidget* m_list;
};

} // namespace sextant::console
