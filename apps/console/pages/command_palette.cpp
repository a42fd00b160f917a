// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/pages/command_palette.h"

#include "console/theme/icons.h"
#include "console/theme/state_mark.h"
#include "console/theme/theme.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

namespace sextant::console {
namespace {

enum Role { KindRole = Qt::UserRole, HostRole, ActionRole };
constexpr int kLine = 34, kWidth = 520;

/// A line: mark, text, and at the right what kind of thing it is.
class LineDelegate : public QStyledItemDelegate {
public:
    LineDelegate(const Theme& theme, const FleetModel& fleet, QObject* parent)
        : QStyledItemDelegate(parent), m_theme(theme), m_fleet(fleet)
    {
    }

    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {0, kLine}; }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const Palette& palette = m_theme.palette();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (option.state & QStyle::State_Selected) {
            painter->setPen(Qt::NoPen);
            painter->setBrush(palette.selection);
            painter->drawRoundedRect(
                QRectF(option.rect).adjusted(6, 1, -6, -1), metrics_px::kCorner, metrics_px::kCorner);
        }
        const QRectF row = QRectF(option.rect).adjusted(20, 0, -20, 0);
        const int host = index.data(HostRole).toInt();
        if (host >= 0 && host < m_fleet.rowCount())
            paintStateMark(*painter, QPointF(row.left() + 5, row.center().y()), 11, m_fleet.host(host).state, palette);
        else
            paintIcon(*painter, Icon::Unfold, QRectF(row.left() - 1, row.center().y() - 6, 12, 12), palette.quiet);
        const QString kind = index.data(KindRole).toString();
        const QFont label = m_theme.font(metrics_px::kLabel);
        const double kindWidth = std::min(QFontMetricsF(label).horizontalAdvance(kind) + 2, row.width() * 0.4);
        painter->setFont(label);
        painter->setPen(palette.quiet);
        painter->drawText(
            row, Qt::AlignRight | Qt::AlignVCenter, QFontMetricsF(label).elidedText(kind, Qt::ElideRight, kindWidth));
        painter->setFont(m_theme.font(metrics_px::kBody));
        painter->setPen(palette.text);
        const QRectF text = row.adjusted(20, 0, -kindWidth - 12, 0);
        painter->drawText(text, Qt::AlignVCenter,
            painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideMiddle, int(text.width())));
        painter->restore();
    }

private:
    const Theme& m_theme;
    const FleetModel& m_fleet;
};

} // namespace

CommandPalette::CommandPalette(
    const Theme& theme, const FleetModel& fleet, std::vector<PaletteAction> actions, QWidget* parent)
    : QWidget(parent, Qt::Popup | Qt::FramelessWindowHint),
      m_theme(theme),
      m_fleet(fleet),
      m_actions(std::move(actions)),
      m_input(new QLineEdit),
      m_list(new QListWidget)
{
    m_input->setObjectName(QStringLiteral("palette"));
    m_input->setPlaceholderText(tr("Search hosts, pages, actions"));
    m_input->installEventFilter(this);
    m_list->setItemDelegate(new LineDelegate(theme, fleet, this));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    connect(m_input, &QLineEdit::textChanged, this, &CommandPalette::fill);
    connect(m_list, &QListWidget::itemClicked, this, &CommandPalette::choose);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 8, 8);
    column->setSpacing(6);
    column->addWidget(m_input);
    column->addWidget(m_list);
}

void CommandPalette::open()
{
    m_input->clear();
    fill();
    const QWidget* window = parentWidget();
    move(window->mapToGlobal(QPoint((window->width() - kWidth) / 2, 72)));
    show();
    m_input->setFocus();
}

void CommandPalette::addLine(const QString& text, const QString& kind, int host, int action)
{
    if (m_list->count() >= kMost)
        return;
    auto* item = new QListWidgetItem(text, m_list);
    item->setData(KindRole, kind);
    item->setData(HostRole, host);
    item->setData(ActionRole, action);
}

void CommandPalette::fill()
{
    m_list->clear();
    const QString text = m_input->text().trimmed();
    for (std::size_t action = 0; !text.isEmpty() && action < m_actions.size(); ++action) {
        if (m_actions[action].text.startsWith(text, Qt::CaseInsensitive))
            addLine(m_actions[action].text, tr("action"), -1, int(action));
    }
    for (const bool beginning : {true, false}) {
        for (int row = 0; row < m_fleet.rowCount() && m_list->count() < kMost; ++row) {
            const QString& name = m_fleet.host(row).name;
            const bool begins = name.startsWith(text, Qt::CaseInsensitive);
            if (begins == beginning && name.contains(text, Qt::CaseInsensitive))
                addLine(name, m_fleet.host(row).os, row, -1);
        }
    }
    for (std::size_t action = 0; action < m_actions.size(); ++action) {
        const bool begins = !text.isEmpty() && m_actions[action].text.startsWith(text, Qt::CaseInsensitive);
        if (!begins && m_actions[action].text.contains(text, Qt::CaseInsensitive))
            addLine(m_actions[action].text, tr("action"), -1, int(action));
    }
    if (m_list->count() == 0)
        addLine(tr("Nothing is called “%1”").arg(text), {}, -1, -1);
    m_list->setCurrentRow(0);
    m_list->setFixedHeight(m_list->count() * kLine);
    setFixedWidth(kWidth);
    adjustSize();
}

void CommandPalette::choose()
{
    const QListWidgetItem* item = m_list->currentItem();
    const int host = item ? item->data(HostRole).toInt() : -1;
    const int action = item ? item->data(ActionRole).toInt() : -1;
    if (host < 0 && action < 0)
        return;
    close();
    if (host >= 0 && host < m_fleet.rowCount())
        emit hostChosen(m_fleet.host(host).id);
    else if (action >= 0)
        m_actions[static_cast<std::size_t>(action)].run();
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event)
{
    if (watched != m_input || event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (key == Qt::Key_Down || key == Qt::Key_Up) {
        const int step = key == Qt::Key_Down ? 1 : -1;
        m_list->setCurrentRow((m_list->currentRow() + step + m_list->count()) % m_list->count());
        return true;
    }
    if (key == Qt::Key_Return || key == Qt::Key_Enter) {
        choose();
        return true;
    }
    if (key == Qt::Key_Escape) {
        close();
        return true;
    }
    return false;
}

void CommandPalette::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.palette().raised);
    painter.setPen(m_theme.palette().line);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

} // namespace sextant::console
