// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QHBoxLayout;
class QLabel;
class QPushButton;
class QVBoxLayout;

namespace sextant::console {

class Theme;

/// What stands in the middle of a page that has nothing to show: a heading, what it means, lines to copy, and the way
/// out as buttons. For empty, error and refused states. GUI thread.
class Notice : public QWidget {
    Q_OBJECT

public:
    explicit Notice(QWidget* parent = nullptr);

    void setText(const QString& heading, const QString& body);
    /// A command line in a box with a button that copies it; `caption` says what it is for.
    void addCommand(const QString& caption, const QString& command);
    QPushButton* addButton(const QString& text, bool primary);

private:
    QLabel* m_heading;
    QLabel* m_body;
    QVBoxLayout* m_commands;
    QHBoxLayout* m_buttons;
};

/// One line across the top of the content that says that what is shown is old, and why. Takes its room only while it is
/// shown. GUI thread.
class Banner : public QWidget {
    Q_OBJECT

public:
    explicit Banner(const Theme& theme, QWidget* parent = nullptr);
    void setText(const QString& text);
    [[nodiscard]] QString text() const;

signals:
    void retryRequested();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    QLabel* m_label;
};

/// A label with one of the style sheet's roles.
[[nodiscard]] QLabel* makeLabel(const QString& text, const char* role, QWidget* parent = nullptr);

/// Lays out a card of fixed width a little above the middle of a page.
void putInTheMiddle(QWidget* card, QWidget& page);

} // namespace sextant::console
