// SPDX-License-Identifier: GPL-3.0-or-later
// What the console costs: a host page of eight charts with a series of 2,000 pixels each (paint: the whole picture
// anew; new data: points handed to Qt Charts, then painted; pointer move: only what lies over the picture), sorting and
// filtering 10,000 hosts, and, when the environment names a server (SEXTANT_BENCH_SERVER, _FINGERPRINT,
// SEXTANT_PASSWORD), the time to the first fleet page. JSON lines {"name", "value", "unit"}; medians.
#include "console/charts/time_chart.h"
#include "console/charts/time_window.h"
#include "console/models/fleet_proxy.h"
#include "console/pages/main_window.h"
#include "console/session/certificate_pin.h"
#include "console/session/secret_store.h"
#include "console/session/server_list.h"
#include "console/session/unattended_login.h"
#include "console/theme/theme.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QPixmap>
#include <QSettings>
#include <QTemporaryDir>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>

using namespace sextant::console;

namespace {

double medianMs(int rounds, const std::function<void(int)>& work)
{
    std::vector<double> times;
    for (int round = 0; round < rounds; ++round) {
        QElapsedTimer clock;
        clock.start();
        work(round);
        times.push_back(double(clock.nsecsElapsed()) / 1e6);
    }
    std::ranges::nth_element(times, times.begin() + rounds / 2);
    return times[std::size_t(rounds / 2)];
}

void report(const char* name, double value, const char* unit)
{
    std::printf("{\"name\": \"%s\", \"value\": %.4g, \"unit\": \"%s\"}\n", name, value, unit);
}

std::vector<Bucket> noise(int count, int seed)
{
    std::vector<Bucket> buckets;
    for (int index = 0; index < count; ++index) {
        const double value = 50 + 30 * std::sin((index + seed * 131) / 90.0) + 8 * std::sin(index * 1.7 + seed);
        buckets.push_back({index * 1'000LL, value - 2, value, value + 2, 1});
    }
    return buckets;
}

void benchCharts(Theme& theme)
{
    TimeWindow window;
    window.setNow(2'000'000);
    window.zoomTo({0, 2'000'000});
    std::vector<std::unique_ptr<TimeChart>> charts;
    for (int index = 0; index < 8; ++index) {
        charts.push_back(std::make_unique<TimeChart>(theme, window));
        charts.back()->resize(2'064, 300);
        charts.back()->setMeasure(Measure::Percent);
        charts.back()->setSeries({{QStringLiteral("a"), QStringLiteral("a"), theme.palette().series[std::size_t(index)],
                                     noise(2'000, index)}},
            1'000, 5'000);
    }
    const auto all = [&](void (TimeChart::*work)()) {
        return medianMs(41, [&](int) {
            for (auto& chart : charts)
                (chart.get()->*work)();
        });
    };
    report("console_new_data_host_page", all(&TimeChart::renderCache), "ms");
    report("console_paint_host_page", all(&TimeChart::paintPicture), "ms");
    QPixmap target(2'064, 300);
    report("console_pointer_move_host_page",
        medianMs(41,
            [&](int) {
                for (auto& chart : charts)
                    chart->render(&target);
            }),
        "ms");
}

/// All eight series in one chart.
void benchOneChart(Theme& theme)
{
    TimeWindow window;
    window.setNow(2'000'000);
    window.zoomTo({0, 2'000'000});
    TimeChart chart(theme, window);
    chart.resize(2'064, 300);
    chart.setMeasure(Measure::Percent);
    std::vector<ChartSeries> series;
    for (int index = 0; index < 8; ++index) {
        const QString name = QString::number(index);
        series.push_back({name, name, theme.palette().series[std::size_t(index)], noise(2'000, index)});
    }
    chart.setSeries(std::move(series), 1'000, 5'000);
    chart.renderCache();
    report("console_paint_chart_of_8_series", medianMs(41, [&](int) { chart.paintPicture(); }), "ms");
}

void benchFleet()
{
    FleetModel fleet;
    FleetProxy proxy(fleet);
    Overview overview;
    for (int id = 1; id <= 10'000; ++id) {
        HostRow host;
        host.id = id;
        host.name = QStringLiteral("host-%1").arg((id * 7'919) % 10'007);
        host.os = QStringLiteral("Debian GNU/Linux 12 (bookworm)");
        host.state = id % 50 == 0 ? HostState::Down : HostState::Ok;
        host.cpuPercent = (id * 31) % 1'000 / 10.0;
        host.memoryPercent = (id * 17) % 1'000 / 10.0;
        overview.hosts.push_back(host);
    }
    fleet.load(overview);
    report("console_sort_10000_hosts",
        medianMs(21,
            [&](int round) {
                proxy.sort(round % 2 ? FleetModel::Cpu : FleetModel::Memory, Qt::DescendingOrder);
                (void)proxy.rowCount();
            }),
        "ms");
    report("console_filter_10000_hosts",
        medianMs(21,
            [&](int round) {
                proxy.setFilter(round % 2 ? QStringLiteral("host-1") : QStringLiteral("debian"));
                // The mapping is made when it is first asked for.
                (void)proxy.rowCount();
            }),
        "ms");
}

int benchFirstPage(Theme& theme)
{
    const auto url = parseServerAddress(qEnvironmentVariable("SEXTANT_BENCH_SERVER"));
    const auto fingerprint = parseFingerprint(qEnvironmentVariable("SEXTANT_BENCH_FINGERPRINT"));
    if (!url || !fingerprint)
        return 0;
    const QTemporaryDir folder;
    QElapsedTimer clock;
    clock.start();
    QSettings settings(folder.filePath(QStringLiteral("s.ini")), QSettings::IniFormat);
    ServerList servers(settings);
    MemoryStore secrets;
    Session session(servers, secrets);
    MainWindow window(theme, session, servers, settings);
    UnattendedLogin login(session, *fingerprint, QStringLiteral("admin"), qEnvironmentVariable("SEXTANT_PASSWORD"));
    QObject::connect(&login, &UnattendedLogin::failed, qApp, [](const QString& reason) {
        std::fprintf(stderr, "console_bench: %s\n", qUtf8Printable(reason));
        QCoreApplication::exit(1);
    });
    QObject::connect(
        &session, &Session::stateChanged, &window,
        [&](Session::State state) {
            if (state != Session::State::Online)
                return;
            window.grab();
            report("console_first_fleet_page", double(clock.elapsed()), "ms");
            QCoreApplication::exit(0);
        },
        Qt::QueuedConnection);
    window.show();
    session.open(servers.findOrMake(*url));
    return QApplication::exec();
}

} // namespace

int main(int argc, char** argv)
{
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    Theme theme(application);
    benchCharts(theme);
    benchOneChart(theme);
    benchFleet();
    return benchFirstPage(theme);
}
