// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/pages/top_bar.h"

#include "console/pages/notice.h"
#include "console/theme/icons.h"
#include "console/theme/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>

namespace sextant::console {
namespace {

/// Looks like a field, acts as a button: it opens the command palette.
class SearchButton : public QPushButton {
public:
    SearchButton(const Theme& theme, const QString& hint, QWidget* parent)
        : QPushButton(parent), m_theme(theme), m_hint(hint)
    {
        setAccessibleName(hint);
        setMinimumWidth(180);
        setMaximumWidth(380);
        setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        setFocusPolicy(Qt::TabFocus);
    }

    [[nodiscard]] QSize sizeHint() const override { return {380, 32}; }

protected:
    void paintEvent(QPaintEvent* event) override
    {
        QPushButton::paintEvent(event);
        const Palette& palette = m_theme.palette();
        QPainter painter(this);
        paintIcon(painter, Icon::Search, QRectF(10, (height() - 14) / 2.0, 14, 14), palette.quiet);
        painter.setPen(palette.quiet);
        painter.setFont(m_theme.font(metrics_px::kBody));
        painter.drawText(rect().adjusted(32, 0, -64, 0), Qt::AlignVCenter,
            painter.fontMetrics().elidedText(m_hint, Qt::ElideRight, width() - 96));
        painter.setFont(m_theme.font(metrics_px::kLabel));
        painter.drawText(rect().adjusted(0, 0, -10, 0), Qt::AlignVCenter | Qt::AlignRight, QStringLiteral("Ctrl K"));
    }

private:
    const Theme& m_theme;
    QString m_hint;
};

} // namespace

class TopBar::LinkMark : public QWidget {
public:
    LinkMark(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) { setFixedSize(104, 30); }

    void setState(LinkState state, const QString& text)
    {
        m_state = state;
        m_text = text;
        setAccessibleName(text);
        update();
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        if (m_state == LinkState::None)
            return;
        const Palette& palette = m_theme.palette();
        const bool live = m_state == LinkState::Live;
        const QColor mark = live ? palette.ok : (m_state == LinkState::Lost ? palette.late : palette.quiet);
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setFont(m_theme.font(metrics_px::kBody));
        const double textWidth = QFontMetricsF(painter.font()).horizontalAdvance(m_text);
        const QRectF text(width() - textWidth - 2, 0, textWidth + 2, height());
        painter.setPen(QPen(mark, 1.5));
        painter.setBrush(live ? QBrush(mark) : QBrush(Qt::NoBrush));
        painter.drawEllipse(QPointF(text.left() - 11, height() / 2.0 + 0.5), 4, 4);
        painter.setPen(live ? palette.okText : (m_state == LinkState::Lost ? palette.lateText : palette.quiet));
        painter.drawText(text, Qt::AlignVCenter | Qt::AlignLeft, m_text);
    }

private:
    const Theme& m_theme;
    LinkState m_state = LinkState::None;
    QString m_text;
};

TopBar::TopBar(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme)
{
    using namespace metrics_px;
    setFixedHeight(kTopBar);
    m_page = new QPushButton;
    m_page->setProperty("role", QStringLiteral("crumb"));
    connect(m_page, &QPushButton::clicked, this, &TopBar::pageClicked);
    m_host = makeLabel({}, "strong");
    m_search = new SearchButton(theme, tr("Search hosts, pages, actions"), this);
    connect(m_search, &QPushButton::clicked, this, &TopBar::searchRequested);
    m_link = new LinkMark(theme, this);
    m_server = new QPushButton;
    m_server->setMaximumWidth(300);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(kGap16, 0, kGap16, 1);
    row->setSpacing(kGap8);
    row->addWidget(m_page);
    row->addWidget(m_host);
    row->addSpacing(kGap4);
    row->addWidget(m_search, 3);
    row->addStretch(2);
    row->addWidget(m_link);
    row->addSpacing(kGap8);
    row->addWidget(m_server);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void TopBar::setPath(const QString& page, const QString& host)
{
    m_page->setText(page);
    m_page->setEnabled(!host.isEmpty());
    const QString shown = m_host->fontMetrics().elidedText(host, Qt::ElideMiddle, 260);
    m_host->setText(host.isEmpty() ? QString() : QStringLiteral("›   ") + shown);
    m_host->setToolTip(host);
    m_host->setVisible(!host.isEmpty());
}

void TopBar::setLink(LinkState state, const QString& toolTip)
{
    const QString text = [state] {
        switch (state) {
        case LinkState::Live:
            return tr("Live");
        case LinkState::Paused:
            return tr("Paused");
        case LinkState::Lost:
            return tr("Offline");
        case LinkState::Connecting:
            return tr("Connecting");
        case LinkState::None:
            break;
        }
        return QString();
    }();
    m_link->setState(state, text);
    m_link->setToolTip(toolTip);
}

void TopBar::setServer(const QString& text)
{
    m_server->setText(m_server->fontMetrics().elidedText(text, Qt::ElideMiddle, 260));
    m_server->setToolTip(text);
    m_server->setVisible(!text.isEmpty());
}

void TopBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.palette().surface);
    painter.fillRect(QRect(0, height() - 1, width(), 1), m_theme.palette().line);
}

} // namespace sextant::console
