// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/theme/style_sheet.h"

#include "console/theme/palette.h"

#include <utility>

namespace sextant::console {
namespace {

const char kSheet[] = R"(
* { outline: none; }
QMainWindow, QWidget#content, QStackedWidget, QScrollArea, QWidget#scrolled { background: @background; }
QWidget[role="card"] { background: @surface; border: 1px solid @line; border-radius: 6px; }
QWidget[role="rail"] { background: @surface; border: none; border-right: 1px solid @line; }
QWidget[role="topbar"] { background: @surface; border: none; border-bottom: 1px solid @line; }
QLabel { color: @text; background: transparent; }
QLabel[role="page"] { font-size: 20px; font-weight: 600; }
QLabel[role="section"] { font-size: 15px; font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="label"] { font-size: 11px; color: @quiet; }
QLabel[role="quiet"] { color: @quiet; }
QLabel[role="error"] { color: @downText; }
QLabel[role="code"] { font-family: "DejaVu Sans Mono", "Noto Sans Mono", monospace; font-size: 12px; background: @background;
  border: 1px solid @line; border-radius: 6px; padding: 8px 12px; }
QLabel[role="fingerprint"] { font-family: "DejaVu Sans Mono", "Noto Sans Mono", monospace; font-size: 15px; background: @background;
  border: 1px solid @line; border-radius: 6px; padding: 12px 16px; }
QLineEdit, QComboBox { background: @field; color: @text; border: 1px solid @line; border-radius: 6px; padding: 0 10px; min-height: 30px;
  selection-background-color: @accent; selection-color: @onAccent; }
QLineEdit:hover, QComboBox:hover { border-color: @edge; }
QLineEdit:focus, QComboBox:focus { border: 1px solid @accent; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox QAbstractItemView { background: @raised; border: 1px solid @line; selection-background-color: @selection; selection-color: @text; padding: 4px; }
QPushButton { background: @raised; color: @text; border: 1px solid @line; border-radius: 6px; padding: 0 14px; min-height: 30px; }
QPushButton:hover { border-color: @edge; }
QPushButton:focus { border: 1px solid @accent; }
QPushButton:pressed { background: @selection; }
QPushButton:disabled { color: @quiet; background: @background; }
QPushButton[role="primary"] { background: @accent; border: 1px solid @accent; color: @onAccent; font-weight: 600; }
QPushButton[role="primary"]:hover { background: @accentHover; border-color: @accentHover; }
QPushButton[role="primary"]:focus { border: 1px solid @text; }
QPushButton[role="primary"]:disabled { background: @track; border-color: @track; color: @quiet; }
QPushButton[role="danger"] { color: @downText; }
QPushButton[role="flat"] { background: transparent; border: 1px solid transparent; color: @accent; padding: 0 6px; }
QPushButton[role="flat"]:focus { border: 1px solid @accent; }
QPushButton[role="crumb"] { background: transparent; border: 1px solid transparent; padding: 0 4px; margin-left: -5px; font-weight: 600; color: @quiet; }
QPushButton[role="crumb"]:hover { color: @accent; }
QPushButton[role="crumb"]:focus { border: 1px solid @accent; }
QPushButton[role="crumb"]:disabled { color: @text; }
QPushButton::menu-indicator { width: 0; }
QPushButton[role="segment"] { border: none; background: transparent; color: @quiet; border-radius: 5px; padding: 0 9px; min-height: 26px; }
QPushButton[role="segment"]:hover { color: @text; background: @hover; }
QPushButton[role="segment"]:focus { border: 1px solid @accent; padding: 0 8px; min-height: 24px; }
QPushButton[role="segment"]:checked { background: @selection; color: @text; font-weight: 600; }
QCheckBox, QRadioButton { color: @text; spacing: 8px; background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 2px; }
QCheckBox:focus, QRadioButton:focus { border-color: @accent; }
QToolTip { background: @raised; color: @text; border: 1px solid @line; padding: 4px 8px; }
QTableView { background: @surface; border: none; gridline-color: transparent; selection-background-color: @selection; selection-color: @text; }
QHeaderView { background: @surface; border: none; }
QListView { background: @raised; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: @scroll; border-radius: 3px; min-height: 32px; min-width: 32px; margin: 2px; }
QScrollBar::handle:hover { background: @quiet; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QMenu { background: @raised; color: @text; border: 1px solid @line; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: @selection; }
QMenu::separator { height: 1px; background: @line; margin: 4px 8px; }
)";

} // namespace

QString styleSheet(const Palette& palette)
{
    QString sheet = QString::fromUtf8(kSheet);
    // Longer names first: "@line" must not eat the beginning of a longer one.
    const std::pair<const char*, QColor> roles[] = {
        {"@accentHover", blend(palette.accent, palette.text, 0.12)},
        {"@background", palette.background},
        {"@selection", palette.selection},
        {"@onAccent", palette.onAccent},
        {"@downText", palette.downText},
        {"@surface", palette.surface},
        {"@raised", palette.raised},
        {"@accent", palette.accent},
        {"@scroll", blend(palette.line, palette.quiet, 0.35)},
        {"@track", palette.track},
        {"@quiet", palette.quiet},
        {"@hover", blend(palette.surface, palette.quiet, 0.10)},
        {"@field", palette.raised},
        {"@edge", blend(palette.line, palette.quiet, 0.5)},
        {"@text", palette.text},
        {"@line", palette.line},
    };
    for (const auto& [name, colour] : roles)
        sheet.replace(QLatin1String(name), colour.name());
    return sheet;
}

} // namespace sextant::console
