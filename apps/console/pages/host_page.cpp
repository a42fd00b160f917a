// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/pages/host_page.h"

#include "console/charts/reduce.h"
#include "console/charts/scale.h"
#include "console/models/fleet_model.h"
#include "console/pages/host_header.h"
#include "console/pages/notice.h"
#include "console/session/session.h"
#include "console/theme/theme.h"

#include <QCheckBox>
#include <QDateTime>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QResizeEvent>
#include <QScrollArea>
#include <QScrollBar>
#include <QVBoxLayout>

#include <map>

namespace sextant::console {
namespace {

using namespace metrics_px;

constexpr std::int64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;
struct Range {
    std::int64_t ms;
    const char* text;
};
constexpr std::array<Range, 6> kRanges{{
    {15 * kMinute, QT_TRANSLATE_NOOP("HostPage", "15 m")},
    {kHour, QT_TRANSLATE_NOOP("HostPage", "1 h")},
    {6 * kHour, QT_TRANSLATE_NOOP("HostPage", "6 h")},
    {kDay, QT_TRANSLATE_NOOP("HostPage", "24 h")},
    {7 * kDay, QT_TRANSLATE_NOOP("HostPage", "7 d")},
    {30 * kDay, QT_TRANSLATE_NOOP("HostPage", "30 d")},
}};
/// From this width on three charts stand side by side.
constexpr int kThreeColumns = 1040;
/// A chart's plot is asked for in pixels before it was ever laid out.
constexpr int kLikelyPlotWidth = 330;

} // namespace

HostPage::HostPage(const Theme& theme, Session& session, FleetModel& fleet, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_session(session),
      m_fleet(fleet),
      m_series(session, hostChartFamilies()),
      m_header(new HostHeader(theme)),
      m_scroll(new QScrollArea)
{
    auto* content = new QWidget;
    content->setObjectName(QStringLiteral("scrolled"));
    makeCharts(content);
    m_scroll->setWidget(content);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setFocusPolicy(Qt::StrongFocus);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* page = new QVBoxLayout(this);
    page->setContentsMargins(kGap16, kGap12, 6, 0);
    page->setSpacing(kGap12);
    page->addWidget(m_header);
    page->addWidget(makeRanges());
    page->addWidget(m_scroll, 1);

    m_reload.setSingleShot(true);
    m_reload.setInterval(120);
    connect(&m_reload, &QTimer::timeout, this, &HostPage::reload);
    connect(&m_window, &TimeWindow::jumped, this, [this] {
        updateRanges();
        reload();
    });
    connect(&m_window, &TimeWindow::liveChanged, this, [this](bool live) {
        updateRanges();
        emit liveChanged(live);
    });
    connect(&m_series, &HostSeries::familyChanged, this, &HostPage::updateFamily);
    connect(&session, &Session::frameArrived, this, [this](const LiveFrame& frame) {
        if (m_window.isLive())
            m_series.append(frame, m_window.span().from);
    });
    connect(&fleet, &QAbstractItemModel::dataChanged, this, &HostPage::updateHeader);
    connect(&theme, &Theme::changed, this, [this] {
        for (std::size_t index = 0; index < m_charts.size(); ++index)
            updateChart(index);
    });
}

void HostPage::makeCharts(QWidget* content)
{
    m_grid = new QGridLayout(content);
    m_grid->setContentsMargins(0, 0, 10, kGap16);
    m_grid->setSpacing(kGap12 - 2);
    for (const ChartSpec& spec : hostChartSpecs()) {
        auto* chart = new TimeChart(m_theme, m_window);
        chart->setObjectName(spec.id);
        chart->setTitle(spec.title);
        chart->setKind(spec.kind);
        chart->setMeasure(spec.measure);
        connect(chart, &TimeChart::legendResized, this, &HostPage::alignLegends);
        m_charts.push_back(chart);
    }
}

QWidget* HostPage::makeRanges()
{
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(0, 0, 10, 0);
    row->setSpacing(2);
    // As high with the button out of the zoom as without: nothing below may jump.
    bar->setFixedHeight(34);
    for (const Range& range : kRanges) {
        auto* button = new QPushButton(tr(range.text));
        button->setProperty("role", QStringLiteral("segment"));
        button->setCheckable(true);
        connect(button, &QPushButton::clicked, this, [this, range] {
            m_window.setPreset(range.ms);
            updateRanges();
        });
        row->addWidget(button);
        m_ranges.push_back(button);
    }
    m_back = new QPushButton(tr("Back out of the zoom"));
    m_back->setProperty("role", QStringLiteral("flat"));
    m_back->setToolTip(tr("Esc, or a double click on a chart"));
    connect(m_back, &QAbstractButton::clicked, &m_window, &TimeWindow::zoomBack);
    m_span = makeLabel({}, "quiet");
    m_live = new QCheckBox(tr("Follow live"));
    m_live->setObjectName(QStringLiteral("follow"));
    connect(m_live, &QCheckBox::clicked, &m_window, &TimeWindow::setLive);
    row->addSpacing(kGap8);
    row->addWidget(m_back);
    row->addStretch();
    row->addWidget(m_span);
    row->addSpacing(kGap16);
    row->addWidget(m_live);
    updateRanges();
    return bar;
}

void HostPage::updateRanges()
{
    const bool plain = !m_window.isZoomed();
    for (std::size_t index = 0; index < m_ranges.size(); ++index)
        m_ranges[index]->setChecked(plain && kRanges[index].ms == m_window.presetMs());
    m_back->setVisible(!plain);
    m_live->setChecked(m_window.isLive());
    const TimeSpan span = m_window.span();
    const QDateTime from = QDateTime::fromMSecsSinceEpoch(span.from);
    const QDateTime to = QDateTime::fromMSecsSinceEpoch(span.to);
    const QString end = from.date() == to.date() ? formatClock(to) : formatExact(to);
    m_span->setText(m_window.isLive() || span.length() <= 0 ? QString() : tr("%1 – %2").arg(formatExact(from), end));
}

void HostPage::openHost(HostId id)
{
    const auto row = m_fleet.rowOf(id);
    if (!row)
        return;
    m_series.setHost(id, m_fleet.host(*row).intervalMs);
    m_session.watch({id});
    m_scroll->verticalScrollBar()->setValue(0);
    // Not the first range button, which would look chosen.
    m_scroll->setFocus();
    updateHeader();
    arrange();
    m_window.setNow(m_fleet.now());
    m_window.setPreset(m_window.presetMs());
}

void HostPage::closeHost()
{
    m_session.watch({});
    m_series.setHost(0, 10'000);
    m_window.setCursor(std::nullopt);
}

void HostPage::reload()
{
    if (m_series.host() == 0 || m_window.span().length() <= 0)
        return;
    const int plot = m_charts.front()->isVisible() ? m_charts.front()->plotWidth() : kLikelyPlotWidth;
    m_series.load(m_window.span(), stepFor(m_window.span(), plot, m_series.intervalMs()));
}

void HostPage::setNow(std::int64_t now)
{
    if (m_series.host() != 0)
        m_window.setNow(now);
}

bool HostPage::stepBack()
{
    if (!m_window.isZoomed())
        return false;
    m_window.zoomBack();
    return true;
}

void HostPage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrange();
    if (event->size().width() != event->oldSize().width())
        m_reload.start();
}

void HostPage::arrange()
{
    const int columns = width() >= kThreeColumns ? 3 : 2;
    std::vector<TimeChart*> shown;
    for (std::size_t index = 0; index < m_charts.size(); ++index) {
        const ChartSpec& spec = hostChartSpecs()[index];
        const FamilySeries& family = m_series.family(spec.family);
        const bool missing = spec.optional && family.status != FamilySeries::Status::Loading && family.isEmpty();
        m_charts[index]->setVisible(!missing);
        if (!missing)
            shown.push_back(m_charts[index]);
    }
    for (TimeChart* chart : m_charts)
        m_grid->removeWidget(chart);
    for (std::size_t index = 0; index < shown.size(); ++index)
        m_grid->addWidget(shown[index], int(index) / columns, int(index) % columns);
    for (int column = 0; column < 3; ++column)
        m_grid->setColumnStretch(column, column < columns ? 1 : 0);
    alignLegends();
}

void HostPage::alignLegends()
{
    std::map<int, int> highest;
    const auto rowOf = [this](TimeChart* chart) {
        int row = 0, column = 0, rows = 0, columns = 0;
        m_grid->getItemPosition(m_grid->indexOf(chart), &row, &column, &rows, &columns);
        return row;
    };
    for (TimeChart* chart : m_charts) {
        if (m_grid->indexOf(chart) >= 0)
            highest[rowOf(chart)] = std::max(highest[rowOf(chart)], chart->legendHeight());
    }
    for (TimeChart* chart : m_charts) {
        if (m_grid->indexOf(chart) >= 0)
            chart->setLeastLegendHeight(highest[rowOf(chart)]);
    }
}

void HostPage::updateHeader()
{
    if (const auto row = m_fleet.rowOf(m_series.host()))
        m_header->show(m_fleet.host(*row), m_fleet.silentMs(*row));
}

void HostPage::updateFamily(const QString& family)
{
    bool rearrange = false;
    for (std::size_t index = 0; index < m_charts.size(); ++index) {
        const ChartSpec& spec = hostChartSpecs()[index];
        if (spec.family != family)
            continue;
        updateChart(index);
        const FamilySeries& loaded = m_series.family(family);
        const bool missing = spec.optional && loaded.status != FamilySeries::Status::Loading && loaded.isEmpty();
        rearrange = rearrange || missing == m_charts[index]->isVisibleTo(this);
    }
    if (rearrange)
        arrange();
}

void HostPage::updateChart(std::size_t index)
{
    const ChartSpec& spec = hostChartSpecs()[index];
    const FamilySeries& family = m_series.family(spec.family);
    TimeChart* chart = m_charts[index];
    if (family.status != FamilySeries::Status::Ready) {
        chart->setWaiting(true, family.problem);
        return;
    }
    HostFacts facts;
    if (const auto row = m_fleet.rowOf(m_series.host()))
        facts = {m_fleet.host(*row).cores, m_fleet.host(*row).memoryTotalBytes};
    ChartContent content = spec.build(family, facts, m_theme.palette());
    chart->setTitle(content.title.isEmpty() ? spec.title : content.title, content.detail);
    chart->setMaximum(content.maximum);
    chart->setLeastMaximum(content.leastMaximum);
    chart->setFootnote(content.footnote);
    std::int64_t gapMs = m_series.gapMs(family);
    for (const ChartSeries& series : content.series)
        gapMs = std::max(gapMs, usualStepMs(series.buckets) * 5 / 2);
    chart->setSeries(std::move(content.series), family.stepMs, gapMs);
}

} // namespace sextant::console
