// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/pages/notice.h"

#include "console/theme/icons.h"
#include "console/theme/theme.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QTimer>
#include <QVBoxLayout>

namespace sextant::console {

QLabel* makeLabel(const QString& text, const char* role, QWidget* parent)
{
    auto* label = new QLabel(text, parent);
    label->setProperty("role", QLatin1String(role));
    label->setTextFormat(Qt::PlainText);
    // Dressed at once: a layout asks wrapped text for its height before it is shown, and gets that of another font.
    label->ensurePolished();
    return label;
}

void putInTheMiddle(QWidget* card, QWidget& page)
{
    // Not an alignment: with one, wrapped text is asked how high it is at the page's width instead of the card's.
    auto* across = new QHBoxLayout;
    across->addStretch();
    across->addWidget(card);
    across->addStretch();
    auto* down = new QVBoxLayout(&page);
    down->addStretch(2);
    down->addLayout(across);
    down->addStretch(3);
}

Notice::Notice(QWidget* parent) : QWidget(parent)
{
    using namespace metrics_px;
    auto* card = new QWidget;
    card->setProperty("role", QStringLiteral("card"));
    card->setAttribute(Qt::WA_StyledBackground);
    card->setFixedWidth(600);
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(kGap32, kGap32 - 4, kGap32, kGap32);
    column->setSpacing(kGap12);
    m_heading = makeLabel({}, "page");
    m_heading->setWordWrap(true);
    m_body = makeLabel({}, "quiet");
    m_body->setWordWrap(true);
    m_commands = new QVBoxLayout;
    m_commands->setSpacing(kGap8);
    m_buttons = new QHBoxLayout;
    m_buttons->setSpacing(kGap8);
    m_buttons->addStretch();
    column->addWidget(m_heading);
    column->addWidget(m_body);
    column->addLayout(m_commands);
    column->addLayout(m_buttons);

    putInTheMiddle(card, *this);
}

void Notice::setText(const QString& heading, const QString& body)
{
    m_heading->setText(heading);
    m_body->setText(body);
}

void Notice::addCommand(const QString& caption, const QString& command)
{
    m_commands->addSpacing(metrics_px::kGap4);
    m_commands->addWidget(makeLabel(caption, "label"));
    auto* row = new QHBoxLayout;
    row->setSpacing(metrics_px::kGap8);
    QLabel* line = makeLabel(command, "code");
    line->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    auto* copy = new QPushButton(tr("Copy"));
    connect(copy, &QPushButton::clicked, this, [copy, command] {
        QGuiApplication::clipboard()->setText(command);
        copy->setText(tr("Copied"));
        QTimer::singleShot(1500, copy, [copy] { copy->setText(tr("Copy")); });
    });
    copy->setMinimumWidth(76);
    row->addWidget(line, 1);
    row->addWidget(copy);
    m_commands->addLayout(row);
}

QPushButton* Notice::addButton(const QString& text, bool primary)
{
    auto* button = new QPushButton(text);
    if (primary)
        button->setProperty("role", QStringLiteral("primary"));
    m_buttons->addWidget(button);
    return button;
}

Banner::Banner(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme)
{
    using namespace metrics_px;
    m_label = new QLabel;
    m_label->setTextFormat(Qt::PlainText);
    m_label->setWordWrap(true);
    auto* retry = new QPushButton(tr("Try now"));
    // A click on it must not move the focus to whatever stands below when the banner goes.
    retry->setFocusPolicy(Qt::TabFocus);
    connect(retry, &QPushButton::clicked, this, &Banner::retryRequested);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(kGap16 + 24, kGap8 - 2, kGap16, kGap8 - 2);
    row->addWidget(m_label, 1);
    row->addWidget(retry);
    hide();
}

void Banner::setText(const QString& text)
{
    m_label->setText(text);
    m_label->setAccessibleName(text);
}

QString Banner::text() const
{
    return m_label->text();
}

void Banner::paintEvent(QPaintEvent*)
{
    const Palette& palette = m_theme.palette();
    QPainter painter(this);
    painter.fillRect(rect(), blend(palette.surface, palette.late, 0.14));
    painter.fillRect(QRect(0, height() - 1, width(), 1), blend(palette.surface, palette.late, 0.4));
    paintIcon(painter, Icon::Warning, QRectF(16, (height() - 16) / 2.0, 16, 16), palette.lateText);
}

} // namespace sextant::console
