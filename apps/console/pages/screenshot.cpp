// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/pages/screenshot.h"

#include "console/charts/time_chart.h"
#include "console/pages/fleet_page.h"
#include "console/pages/host_page.h"
#include "console/pages/main_window.h"
#include "console/session/server_list.h"
#include "console/session/session.h"
#include "console/theme/theme.h"

#include <QApplication>
#include <QDir>
#include <QPixmap>

#include <algorithm>
#include <cstdio>

namespace sextant::console {
namespace {

constexpr int kLookEveryMs = 250;
/// Two points make a line; a picture of one point shows nothing.
constexpr std::size_t kLeastPoints = 2;

} // namespace

Screenshot::Screenshot(
    ScreenshotOrder order, MainWindow& window, Session& session, ServerList& servers, Theme& theme, QObject* parent)
    : QObject(parent),
      m_order(std::move(order)),
      m_window(window),
      m_session(session),
      m_servers(servers),
      m_theme(theme)
{
    m_look.setInterval(kLookEveryMs);
    connect(&m_look, &QTimer::timeout, this, &Screenshot::look);
    m_patience.setSingleShot(true);
    connect(&m_patience, &QTimer::timeout, this, [this] {
        const QString what =
            m_step == Step::Fleet ? tr("no host with data appeared") : tr("the host's charts stayed empty");
        end(tr("%1 within %n s", nullptr, int(kPatience.count())).arg(what));
    });
}

void Screenshot::start()
{
    m_window.resize(m_order.size);
    m_window.show();
    m_session.open(m_servers.findOrMake(m_order.server));
    m_look.start();
    m_patience.start(kPatience);
}

bool Screenshot::fleetReady() const
{
    const FleetModel& fleet = m_window.fleet();
    for (int row = 0; row < fleet.rowCount(); ++row) {
        if (fleet.host(row).cpuPercent)
            return true;
    }
    return false;
}

bool Screenshot::hostReady() const
{
    const auto& charts = m_window.hostPage().charts();
    return std::ranges::all_of(charts, [](const TimeChart* chart) {
        return !chart->isVisible() || std::ranges::any_of(chart->series(),
                                          [](const ChartSeries& each) { return each.buckets.size() >= kLeastPoints; });
    });
}

void Screenshot::look()
{
    if (m_step == Step::Fleet && fleetReady()) {
        m_window.showFleet();
        const QModelIndex first = m_window.fleetPage().proxy().index(0, 0);
        HostId host = m_window.fleetPage().proxy().host(first).id;
        for (int row = 0; row < m_window.fleet().rowCount(); ++row) {
            if (m_window.fleet().host(row).state == HostState::Ok)
                host = m_window.fleet().host(row).id;
        }
        m_window.openHost(host);
        m_window.hostPage().window().setPreset(15 * 60'000);
        m_step = Step::Host;
    } else if (m_step == Step::Host && hostReady()) {
        m_step = Step::Settle;
        // The last chart's picture is at most one repaint away.
        QTimer::singleShot(2 * TimeChart::kLeastPause, this, &Screenshot::takeAll);
    }
}

void Screenshot::takeAll()
{
    m_look.stop();
    if (!QDir().mkpath(m_order.folder)) {
        end(tr("cannot make the folder %1").arg(m_order.folder));
        return;
    }
    for (const bool dark : {false, true}) {
        if (!(dark ? m_order.dark : m_order.light))
            continue;
        m_theme.setChoice(dark ? ThemeChoice::Dark : ThemeChoice::Light);
        const QString suffix = dark ? QStringLiteral("dark") : QStringLiteral("light");
        if (!take(QStringLiteral("host-") + suffix))
            return;
    }
    m_window.showFleet();
    for (const bool dark : {false, true}) {
        if (!(dark ? m_order.dark : m_order.light))
            continue;
        m_theme.setChoice(dark ? ThemeChoice::Dark : ThemeChoice::Light);
        if (!take(QStringLiteral("fleet-") + (dark ? QStringLiteral("dark") : QStringLiteral("light"))))
            return;
    }
    end({});
}

bool Screenshot::take(const QString& page)
{
    const QString file = QDir(m_order.folder).filePath(page + QStringLiteral(".png"));
    QApplication::processEvents();
    if (m_window.grab().save(file))
        return true;
    end(tr("cannot write %1").arg(file));
    return false;
}

void Screenshot::end(const QString& problem)
{
    if (m_step == Step::Done)
        return;
    m_step = Step::Done;
    m_look.stop();
    m_patience.stop();
    if (!problem.isEmpty())
        std::fprintf(stderr, "sextant-console: no pictures: %s\n", qUtf8Printable(problem));
    emit finished(problem.isEmpty() ? 0 : 1);
}

} // namespace sextant::console
