// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/theme/palette.h"

#include <QFont>
#include <QObject>

class QApplication;

namespace sextant::console {

/// Spacing and sizes in device-independent pixels (design: Measures).
namespace metrics_px {
inline constexpr int kGap4 = 4, kGap8 = 8, kGap12 = 12, kGap16 = 16, kGap24 = 24, kGap32 = 32;
inline constexpr int kLabel = 11, kBody = 13, kSection = 15, kPage = 20, kBig = 28;
inline constexpr int kDenseRow = 28, kComfortableRow = 36;
inline constexpr int kCorner = 6;
inline constexpr int kRailOpen = 184, kRailFolded = 56, kTopBar = 48;
} // namespace metrics_px

enum class ThemeChoice { FollowSystem, Light, Dark };

/// The one theme of the program: which colours are in force, the fonts, and the word to everybody when they change.
/// Made in main and handed to whoever paints; dresses the application (palette and style sheet). GUI thread.
class Theme : public QObject {
    Q_OBJECT

public:
    explicit Theme(QApplication& application, QObject* parent = nullptr);

    [[nodiscard]] const Palette& palette() const { return m_dark ? darkPalette() : lightPalette(); }
    [[nodiscard]] bool isDark() const { return m_dark; }
    [[nodiscard]] ThemeChoice choice() const { return m_choice; }

    void setChoice(ThemeChoice choice);
    /// What the desktop asks for; counts while the choice is FollowSystem.
    void setSystemDark(bool dark);

    /// The interface font at a size in pixels. Families without tabular figures are painted with figures.h.
    [[nodiscard]] QFont font(int pixels, QFont::Weight weight = QFont::Normal) const;

signals:
    void changed();

private:
    void apply();

    QApplication& m_application;
    QFont m_base;
    ThemeChoice m_choice = ThemeChoice::FollowSystem;
    bool m_systemDark = false;
    bool m_dark = false;
};

} // namespace sextant::console
