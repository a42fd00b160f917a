// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/pages/rail.h"

#include "console/format/format.h"
#include "console/theme/figures.h"
#include "console/theme/icons.h"
#include "console/theme/theme.h"

#include <QAbstractButton>
#include <QPainter>
#include <QVBoxLayout>

namespace sextant::console {

/// A row of the rail: icon, name, and a count at the right where there is one.
class Rail::Entry : public QAbstractButton {
public:
    Entry(const Theme& theme, Icon icon, const QString& text, QWidget* parent)
        : QAbstractButton(parent), m_theme(theme), m_icon(icon)
    {
        setText(text);
        setToolTip(text);
        setFixedHeight(34);
        setCursor(Qt::PointingHandCursor);
        setFocusPolicy(Qt::TabFocus);
        setAttribute(Qt::WA_Hover);
    }

    void setMark(Icon icon) { m_icon = icon; }
    void setFolded(bool folded)
    {
        m_folded = folded;
        update();
    }
    void setCount(int count)
    {
        m_count = count;
        update();
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        const Palette& palette = m_theme.palette();
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const QRectF box = QRectF(rect()).adjusted(8, 1, -8, -1);
        if (isChecked() || underMouse()) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(isChecked() ? palette.selection : blend(palette.surface, palette.quiet, 0.10));
            painter.drawRoundedRect(box, metrics_px::kCorner, metrics_px::kCorner);
        }
        if (hasFocus()) {
            painter.setPen(QPen(palette.accent, 1));
            painter.setBrush(Qt::NoBrush);
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), metrics_px::kCorner, metrics_px::kCorner);
        }
        const QColor ink = isChecked() ? palette.text : palette.quiet;
        paintIcon(painter, m_icon, QRectF(20, (height() - 16) / 2.0, 16, 16), ink);
        if (m_folded)
            return;
        painter.setFont(m_theme.font(metrics_px::kBody, isChecked() ? QFont::DemiBold : QFont::Normal));
        painter.setPen(ink);
        painter.drawText(rect().adjusted(48, 0, -16, 0), Qt::AlignVCenter | Qt::AlignLeft, text());
        if (m_count > 0) {
            painter.setPen(palette.downText);
            const Figures figures(m_theme.font(12, QFont::DemiBold));
            figures.draw(painter, QRectF(rect()).adjusted(0, 0, -20, 0), Qt::AlignRight, formatCount(m_count));
        }
    }

private:
    const Theme& m_theme;
    Icon m_icon;
    bool m_folded = false;
    int m_count = 0;
};

Rail::Rail(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme)
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, metrics_px::kTopBar + 4, 1, metrics_px::kGap12);
    column->setSpacing(0);
    const auto add = [&](Page page, Icon icon, const QString& text) {
        auto* entry = new Entry(theme, icon, text, this);
        entry->setCheckable(true);
        entry->setAutoExclusive(true);
        connect(entry, &QAbstractButton::clicked, this, [this, page] { emit pageChosen(page); });
        column->addWidget(entry);
        m_entries.push_back(entry);
    };
    add(Page::Fleet, Icon::Fleet, tr("Fleet"));
    add(Page::Settings, Icon::Settings, tr("Settings"));
    column->addStretch();
    m_fold = new Entry(theme, Icon::Fold, tr("Fold"), this);
    connect(m_fold, &QAbstractButton::clicked, this, [this] {
        setFolded(!m_folded);
        emit foldedChanged(m_folded);
    });
    column->addWidget(m_fold);
    setFolded(false);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void Rail::setCurrent(Page page)
{
    m_entries[static_cast<std::size_t>(page)]->setChecked(true);
}

void Rail::setFolded(bool folded)
{
    m_folded = folded;
    setFixedWidth(folded ? metrics_px::kRailFolded : metrics_px::kRailOpen);
    for (Entry* entry : m_entries)
        entry->setFolded(folded);
    m_fold->setFolded(folded);
    m_fold->setMark(folded ? Icon::Unfold : Icon::Fold);
    m_fold->setToolTip(folded ? tr("Unfold") : tr("Fold"));
    update();
}

void Rail::setTrouble(int hosts)
{
    m_entries.front()->setCount(hosts);
    m_entries.front()->setToolTip(hosts > 0 ? tr("Fleet: %n host(s) in trouble", nullptr, hosts) : tr("Fleet"));
}

void Rail::paintEvent(QPaintEvent*)
{
    const Palette& palette = m_theme.palette();
    QPainter painter(this);
    painter.fillRect(rect(), palette.surface);
    painter.fillRect(QRect(width() - 1, 0, 1, height()), palette.line);
    painter.setFont(m_theme.font(metrics_px::kSection, QFont::Bold));
    painter.setPen(palette.text);
    if (m_folded)
        painter.drawText(QRect(0, 0, width(), metrics_px::kTopBar), Qt::AlignCenter, QStringLiteral("S"));
    else
        painter.drawText(QRect(20, 0, width() - 20, metrics_px::kTopBar), Qt::AlignVCenter, QStringLiteral("Sextant"));
}

} // namespace sextant::console
