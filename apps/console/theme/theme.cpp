// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/theme/theme.h"

#include "console/theme/check_style.h"
#include "console/theme/style_sheet.h"

#include <QApplication>
#include <QFontDatabase>
#include <QPalette>

namespace sextant::console {
namespace {

/// The desktop's interface font. Where no desktop says one (a bare X server, no display), the toolkit falls back to
/// something arbitrary; then a face that is drawn for interfaces is better, if it is installed.
QFont interfaceFont(const QFont& system)
{
    if (!qEnvironmentVariableIsEmpty("XDG_CURRENT_DESKTOP"))
        return system;
    const QStringList families = QFontDatabase::families();
    for (const QString& family :
        {QStringLiteral("Inter"), QStringLiteral("Noto Sans"), QStringLiteral("DejaVu Sans")}) {
        if (families.contains(family))
            return QFont(family);
    }
    return system;
}

QPalette qtPalette(const Palette& colours)
{
    QPalette palette;
    palette.setColor(QPalette::Window, colours.background);
    palette.setColor(QPalette::WindowText, colours.text);
    palette.setColor(QPalette::Base, colours.surface);
    palette.setColor(QPalette::AlternateBase, colours.background);
    palette.setColor(QPalette::Text, colours.text);
    palette.setColor(QPalette::PlaceholderText, colours.quiet);
    palette.setColor(QPalette::Button, colours.raised);
    palette.setColor(QPalette::ButtonText, colours.text);
    palette.setColor(QPalette::BrightText, colours.onAccent);
    palette.setColor(QPalette::Highlight, colours.accent);
    palette.setColor(QPalette::HighlightedText, colours.onAccent);
    palette.setColor(QPalette::ToolTipBase, colours.raised);
    palette.setColor(QPalette::ToolTipText, colours.text);
    palette.setColor(QPalette::Link, colours.accent);
    palette.setColor(QPalette::Light, colours.raised);
    palette.setColor(QPalette::Mid, colours.line);
    palette.setColor(QPalette::Dark, colours.line);
    palette.setColor(QPalette::Disabled, QPalette::Text, colours.quiet);
    palette.setColor(QPalette::Disabled, QPalette::ButtonText, colours.quiet);
    palette.setColor(QPalette::Disabled, QPalette::WindowText, colours.quiet);
    return palette;
}

} // namespace

Theme::Theme(QApplication& application, QObject* parent)
    : QObject(parent), m_application(application), m_base(interfaceFont(QApplication::font()))
{
    m_application.setStyle(new CheckStyle); // the application owns it
    apply();
}

void Theme::setChoice(ThemeChoice choice)
{
    m_choice = choice;
    apply();
}

void Theme::setSystemDark(bool dark)
{
    m_systemDark = dark;
    apply();
}

QFont Theme::font(int pixels, QFont::Weight weight) const
{
    QFont font = m_base;
    font.setPixelSize(pixels);
    font.setWeight(weight);
    return font;
}

void Theme::apply()
{
    m_dark = m_choice == ThemeChoice::Dark || (m_choice == ThemeChoice::FollowSystem && m_systemDark);
    m_application.setFont(font(metrics_px::kBody));
    m_application.setPalette(qtPalette(palette()));
    m_application.setStyleSheet(styleSheet(palette()));
    emit changed();
}

} // namespace sextant::console
