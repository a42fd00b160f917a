// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/pages/fleet_page.h"

#include "console/format/format.h"
#include "console/pages/fleet_delegate.h"
#include "console/pages/fleet_header.h"
#include "console/pages/fleet_map.h"
#include "console/pages/notice.h"
#include "console/theme/figures.h"
#include "console/theme/state_mark.h"
#include "console/theme/theme.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QScrollBar>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

#include <cmath>

namespace sextant::console {
namespace {

using namespace metrics_px;

constexpr int kHeaderHeight = 30;

/// Columns that give way first when the window is narrow, and what they need at least.
struct ColumnWidth {
    int column;
    int width;
    int share; ///< of what is left over
};
constexpr std::array<ColumnWidth, FleetModel::kColumnCount> kColumns{{
    {FleetModel::State, 32, 0},
    {FleetModel::Name, 116, 5},
    {FleetModel::System, 112, 4},
    {FleetModel::Cpu, 110, 0},
    {FleetModel::CpuTrend, 74, 1},
    {FleetModel::Memory, 110, 0},
    {FleetModel::Disk, 114, 3},
    {FleetModel::Receive, 86, 0},
    {FleetModel::Transmit, 86, 0},
    {FleetModel::Load, 52, 0},
    {FleetModel::Uptime, 94, 0},
    {FleetModel::Agent, 58, 0},
}};

} // namespace

/// The big figures over the table.
class FleetPage::Summary : public QWidget {
public:
    Summary(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme)
    {
        setFixedHeight(60);
        setMinimumWidth(440);
    }

    void show(const FleetSummary& summary)
    {
        m_summary = summary;
        setAccessibleName(tr("%1 ok, %2 late, %3 down, %4 unknown")
                              .arg(summary.count(HostState::Ok))
                              .arg(summary.count(HostState::Late))
                              .arg(summary.count(HostState::Down))
                              .arg(summary.count(HostState::Unknown)));
        update();
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        double x = 0;
        for (const HostState state : {HostState::Ok, HostState::Late, HostState::Down, HostState::Unknown})
            x = paintFigure(
                painter, x, formatCount(m_summary.count(state)), stateWord(state), state, m_summary.count(state) == 0);
        const QString median =
            m_summary.medianCpuPercent ? formatPercent(std::round(*m_summary.medianCpuPercent)).figure : absentMark();
        paintFigure(painter, x, median, FleetPage::tr("median CPU, %"), std::nullopt, false);
    }

private:
    double paintFigure(QPainter& painter, double x, const QString& figure, const QString& caption,
        std::optional<HostState> state, bool none)
    {
        const Palette& palette = m_theme.palette();
        const Figures big(m_theme.font(kBig, QFont::DemiBold));
        const Figures label(m_theme.font(kLabel));
        const double markWidth = state ? 16 : 0;
        const double width = std::max(big.width(figure), markWidth + label.width(caption));
        painter.setPen(none ? palette.quiet : palette.text);
        big.draw(painter, QRectF(x, 2, width, 34), Qt::AlignLeft, figure);
        if (state)
            paintStateMark(painter, QPointF(x + 5.5, 48), 10, *state, palette);
        painter.setPen(palette.quiet);
        label.draw(painter, QRectF(x + markWidth, 40, width, 16), Qt::AlignLeft, caption);
        return x + width + kGap24 + 4;
    }

    const Theme& m_theme;
    FleetSummary m_summary;
};

/// Rows without words while the first overview is on its way; as high as the real ones, so that nothing jumps.
class FleetPage::Skeleton : public QWidget {
public:
    Skeleton(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {}

protected:
    void paintEvent(QPaintEvent*) override
    {
        const Palette& palette = m_theme.palette();
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(palette.track);
        constexpr std::array<double, 6> kPlaces{0.03, 0.17, 0.32, 0.46, 0.60, 0.76};
        for (int row = 0; row < std::min(12, (height() - 40) / kDenseRow); ++row) {
            painter.setOpacity(1.0 - row * 0.075);
            for (std::size_t cell = 0; cell < kPlaces.size(); ++cell) {
                const double width = this->width() * (0.06 + 0.02 * double((row * 7 + int(cell) * 3) % 4));
                painter.drawRoundedRect(QRectF(this->width() * kPlaces[cell], 46 + row * kDenseRow, width, 8), 4, 4);
            }
        }
    }

private:
    const Theme& m_theme;
};

FleetPage::FleetPage(const Theme& theme, FleetModel& fleet, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_fleet(fleet),
      m_proxy(fleet),
      m_count(makeLabel({}, "quiet")),
      m_filter(new QLineEdit),
      m_summary(new Summary(theme, this)),
      m_map(new FleetMap(theme, fleet)),
      m_table(new QTableView),
      m_delegate(new FleetDelegate(theme, m_proxy, this)),
      m_body(new QStackedWidget),
      m_empty(new Notice),
      m_noMatch(makeLabel({}, "quiet"))
{
    makeTable();
    makeLayout();
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_proxy.setFilter(text);
        updateState();
    });
    connect(m_map, &FleetMap::hostChosen, this, &FleetPage::hostOpened);
    connect(&fleet, &FleetModel::statesChanged, this, [this] {
        m_proxy.refresh();
        updateState();
    });
    connect(&fleet, &QAbstractItemModel::dataChanged, this, [this] { m_summary->show(m_fleet.summary()); });
    m_reorder.setInterval(kReorder);
    connect(&m_reorder, &QTimer::timeout, this, &FleetPage::reorder);
    m_reorder.start();
    updateState();
}

void FleetPage::makeTable()
{
    m_table->setModel(&m_proxy);
    m_table->setItemDelegate(m_delegate);
    m_table->setHorizontalHeader(new FleetHeader(m_theme, m_table));
    m_table->horizontalHeader()->setFixedHeight(kHeaderHeight);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setMinimumSectionSize(kDenseRow);
    m_table->verticalHeader()->setDefaultSectionSize(kDenseRow);
    m_table->setShowGrid(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_table->setTabKeyNavigation(false);
    m_table->setWordWrap(false);
    m_table->setMouseTracking(true);
    m_table->setAccessibleName(tr("Hosts"));
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(FleetModel::State, Qt::AscendingOrder);
    m_table->installEventFilter(this);
    m_table->viewport()->installEventFilter(this);
    m_filter->installEventFilter(this);
    connect(m_table, &QTableView::entered, this, [this](const QModelIndex& index) {
        m_delegate->setHoveredRow(index.row());
        m_table->viewport()->update();
    });
    connect(m_table, &QTableView::doubleClicked, this, &FleetPage::open);
    connect(m_table, &QTableView::clicked, this, [this](const QModelIndex& index) {
        if (index.column() == FleetModel::Name)
            open(index);
    });
}

void FleetPage::makeLayout()
{
    m_filter->setPlaceholderText(tr("Filter by name, system, state or tag"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setFixedWidth(300);
    m_filter->setObjectName(QStringLiteral("filter"));
    m_filter->setToolTip(tr("Ctrl+F. Words narrow it down; state:down, os:debian and name:web look only there."));
    auto* heading = new QHBoxLayout;
    heading->setSpacing(kGap12);
    heading->addWidget(makeLabel(tr("Fleet"), "page"));
    heading->addWidget(m_count);
    heading->addStretch();
    heading->addWidget(m_filter);

    m_overview = new QWidget;
    auto* overview = new QHBoxLayout(m_overview);
    overview->setContentsMargins(0, 0, 0, 0);
    overview->setSpacing(kGap32);
    overview->addWidget(m_summary, 2);
    overview->addWidget(m_map, 3);

    m_card = new QWidget;
    m_card->setProperty("role", QStringLiteral("card"));
    m_card->setAttribute(Qt::WA_StyledBackground);
    auto* inside = new QVBoxLayout(m_card);
    inside->setContentsMargins(5, 3, 5, 5);
    inside->addWidget(m_table);
    m_noMatch->setAlignment(Qt::AlignCenter);
    m_noMatch->setWordWrap(true);
    auto* skeleton = new QWidget;
    skeleton->setProperty("role", QStringLiteral("card"));
    skeleton->setAttribute(Qt::WA_StyledBackground);
    (new QVBoxLayout(skeleton))->addWidget(new Skeleton(m_theme, skeleton));
    // The card ends after the last row.
    auto* tablePage = new QWidget;
    auto* upper = new QVBoxLayout(tablePage);
    upper->setContentsMargins(0, 0, 0, 0);
    upper->addWidget(m_card, 1);
    upper->addStretch();
    for (QWidget* each : {tablePage, static_cast<QWidget*>(m_empty), static_cast<QWidget*>(m_noMatch), skeleton})
        m_body->addWidget(each);

    auto* page = new QVBoxLayout(this);
    page->setContentsMargins(kGap16, kGap12, kGap16, kGap16);
    page->setSpacing(kGap12);
    page->addLayout(heading);
    page->addWidget(m_overview);
    page->addWidget(m_body, 1);
}

void FleetPage::setServer(const QString& address)
{
    delete m_empty;
    m_empty = new Notice;
    m_body->insertWidget(1, m_empty);
    m_empty->setText(tr("No hosts yet"), tr("Make an enrolment token on the server, then give it to the agent on the "
                                            "machine that you want to see. It appears here within seconds."));
    m_empty->addCommand(tr("On the server (%1); add --data-dir when it is not the usual one").arg(address),
        QStringLiteral("sextant-server token create"));
    m_empty->addCommand(
        tr("On the machine to add, as root, with that token"), QStringLiteral("sextant-agent enroll TOKEN"));
    m_empty->addCommand(
        tr("Then start the agent, now and at every boot"), QStringLiteral("systemctl enable --now sextant-agent"));
    updateState();
}

void FleetPage::setLoading(bool loading)
{
    m_loading = loading;
    updateState();
}

void FleetPage::setDense(bool dense)
{
    m_table->verticalHeader()->setDefaultSectionSize(dense ? kDenseRow : kComfortableRow);
    fitTable();
}

void FleetPage::fitTable()
{
    const int rows = m_proxy.rowCount() * m_table->verticalHeader()->defaultSectionSize();
    const QMargins around = m_card->layout()->contentsMargins();
    m_card->setMaximumHeight(around.top() + kHeaderHeight + rows + around.bottom());
}

void FleetPage::focusFilter()
{
    m_filter->setFocus();
    m_filter->selectAll();
}

void FleetPage::focusTable()
{
    if (!m_table->currentIndex().isValid() && m_proxy.rowCount() > 0)
        m_table->setCurrentIndex(m_proxy.index(0, FleetModel::Name));
    m_table->setFocus();
}

void FleetPage::updateState()
{
    enum Body { Table, Empty, NoMatch, Loading };
    const FleetSummary summary = m_fleet.summary();
    m_summary->show(summary);
    const int shown = m_proxy.rowCount();
    const bool filtered = !m_filter->text().isEmpty();
    m_count->setText(filtered ? tr("%1 of %n host(s)", nullptr, summary.total).arg(formatCount(shown))
                              : tr("%n host(s)", nullptr, summary.total));
    const bool any = summary.total > 0;
    m_count->setVisible(any);
    m_filter->setVisible(any);
    m_overview->setVisible(any || m_loading);
    Body body = Table;
    if (!any)
        body = m_loading ? Loading : Empty;
    else if (shown == 0)
        body = NoMatch;
    m_noMatch->setText(tr("No host matches “%1”.\nEsc shows all of them again.").arg(m_filter->text()));
    m_body->setCurrentIndex(body);
    fitTable();
}

void FleetPage::reorder()
{
    if (m_table->viewport()->underMouse() || !isVisible())
        return;
    const int scroll = m_table->verticalScrollBar()->value();
    m_proxy.refresh();
    m_table->verticalScrollBar()->setValue(scroll);
}

void FleetPage::open(const QModelIndex& index)
{
    if (index.isValid())
        emit hostOpened(m_proxy.host(index).id);
}

bool FleetPage::filterKey(int key)
{
    if (key == Qt::Key_Escape && !m_filter->text().isEmpty()) {
        m_filter->clear();
        return true;
    }
    if (key == Qt::Key_Down || key == Qt::Key_Return || key == Qt::Key_Enter || key == Qt::Key_Escape) {
        focusTable();
        return true;
    }
    return false;
}

bool FleetPage::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::KeyPress) {
        const auto* press = static_cast<QKeyEvent*>(event);
        if (watched == m_filter)
            return filterKey(press->key());
        if (watched == m_table && (press->key() == Qt::Key_Return || press->key() == Qt::Key_Enter)) {
            open(m_table->currentIndex());
            return true;
        }
        if (watched == m_table && press->key() == Qt::Key_Escape && !m_filter->text().isEmpty()) {
            m_filter->clear();
            return true;
        }
    }
    if (watched == m_table->viewport() && event->type() == QEvent::Leave) {
        m_delegate->setHoveredRow(-1);
        m_table->viewport()->update();
    }
    if (watched == m_table->viewport() && event->type() == QEvent::Resize)
        layoutColumns();
    return QWidget::eventFilter(watched, event);
}

void FleetPage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    layoutColumns();
}

void FleetPage::layoutColumns()
{
    int least = 0;
    int shares = 0;
    for (const ColumnWidth& each : kColumns) {
        least += each.width;
        shares += each.share;
    }
    const int spare = std::max(0, m_table->viewport()->width() - least);
    for (const ColumnWidth& each : kColumns)
        m_table->setColumnWidth(each.column, each.width + spare * each.share / shares);
}

} // namespace sextant::console
