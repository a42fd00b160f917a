// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/pages/main_window.h"

#include "console/format/format.h"
#include "console/pages/command_palette.h"
#include "console/pages/connect_page.h"
#include "console/pages/fleet_page.h"
#include "console/pages/host_page.h"
#include "console/pages/notice.h"
#include "console/pages/settings_page.h"
#include "console/pages/top_bar.h"
#include "console/session/server_list.h"
#include "console/theme/icons.h"
#include "console/theme/theme.h"

#include <QCloseEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMenu>
#include <QPushButton>
#include <QSettings>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace sextant::console {

MainWindow::MainWindow(Theme& theme, Session& session, ServerList& servers, QSettings& settings, QWidget* parent)
    : QMainWindow(parent),
      m_theme(theme),
      m_session(session),
      m_servers(servers),
      m_settings(settings),
      m_rail(new Rail(theme)),
      m_topBar(new TopBar(theme)),
      m_banner(new Banner(theme)),
      m_pages(new QStackedWidget),
      m_connectPage(new ConnectPage(session, servers)),
      m_fleetPage(new FleetPage(theme, m_fleet)),
      m_hostPage(new HostPage(theme, session, m_fleet)),
      m_settingsPage(new SettingsPage(theme, session, servers, settings)),
      m_serverMenu(new QMenu(this))
{
    setWindowIcon(applicationIcon());
    setMinimumSize(960, 600);
    makeFrame();
    makePalette();
    makeShortcuts();
    connectSession();
    m_tick.setInterval(1'000);
    connect(&m_tick, &QTimer::timeout, this, &MainWindow::tick);
    m_tick.start();
    resize(1440, 900);
    restoreGeometry(settings.value(QStringLiteral("window")).toByteArray());
    m_rail->setFolded(settings.value(QStringLiteral("railFolded")).toBool());
    m_fleetPage->setDense(isDense(settings));
    follow(session.state());
}

MainWindow::~MainWindow() = default;

void MainWindow::makeFrame()
{
    for (QWidget* page : {static_cast<QWidget*>(m_connectPage), static_cast<QWidget*>(m_fleetPage),
             static_cast<QWidget*>(m_hostPage), static_cast<QWidget*>(m_settingsPage)})
        m_pages->addWidget(page);
    auto* content = new QWidget;
    content->setObjectName(QStringLiteral("content"));
    auto* right = new QVBoxLayout;
    right->setSpacing(0);
    right->addWidget(m_topBar);
    right->addWidget(m_banner);
    right->addWidget(m_pages, 1);
    auto* frame = new QHBoxLayout(content);
    frame->setContentsMargins(0, 0, 0, 0);
    frame->setSpacing(0);
    frame->addWidget(m_rail);
    frame->addLayout(right, 1);
    setCentralWidget(content);

    m_topBar->serverButton()->setMenu(m_serverMenu);
    connect(m_serverMenu, &QMenu::aboutToShow, this, &MainWindow::fillServerMenu);
    connect(m_rail, &Rail::pageChosen, this, &MainWindow::showPage);
    connect(m_rail, &Rail::foldedChanged, this,
        [this](bool folded) { m_settings.setValue(QStringLiteral("railFolded"), folded); });
    connect(m_topBar, &TopBar::pageClicked, this, &MainWindow::showFleet);
    connect(m_topBar, &TopBar::searchRequested, this, [this] { m_palette->open(); });
    connect(m_banner, &Banner::retryRequested, &m_session, &Session::retryNow);
    connect(m_fleetPage, &FleetPage::hostOpened, this, &MainWindow::openHost);
    connect(m_hostPage, &HostPage::liveChanged, this, &MainWindow::updateLink);
    connect(m_settingsPage, &SettingsPage::densityChanged, m_fleetPage, &FleetPage::setDense);
}

void MainWindow::makePalette()
{
    std::vector<PaletteAction> actions{
        {tr("Fleet"), [this] { showPage(Page::Fleet); }},
        {tr("Settings"), [this] { showPage(Page::Settings); }},
        {tr("Filter the fleet"),
            [this] {
                showPage(Page::Fleet);
                m_fleetPage->focusFilter();
            }},
        {tr("Light colours"), [this] { m_theme.setChoice(ThemeChoice::Light); }},
        {tr("Dark colours"), [this] { m_theme.setChoice(ThemeChoice::Dark); }},
        {tr("Another server"), [this] { m_session.close(); }},
        {tr("Log out"), [this] { m_session.logOut(); }},
    };
    m_palette = new CommandPalette(m_theme, m_fleet, std::move(actions), this);
    connect(m_palette, &CommandPalette::hostChosen, this, &MainWindow::openHost);
}

void MainWindow::makeShortcuts()
{
    const auto add = [this](const QKeySequence& keys, auto act) {
        connect(new QShortcut(keys, this), &QShortcut::activated, this, act);
    };
    add(QKeySequence(Qt::CTRL | Qt::Key_K), [this] {
        if (!ConnectPage::wants(m_session.state()))
            m_palette->open();
    });
    add(QKeySequence(QKeySequence::Find), [this] {
        if (ConnectPage::wants(m_session.state()))
            return;
        showPage(Page::Fleet);
        m_fleetPage->focusFilter();
    });
    add(QKeySequence(QKeySequence::Refresh), [this] {
        m_session.refresh();
        m_hostPage->reload();
    });
    add(QKeySequence(QKeySequence::Quit), [this] { close(); });
    add(QKeySequence(QKeySequence::Back), [this] { showFleet(); });
}

void MainWindow::connectSession()
{
    connect(&m_session, &Session::stateChanged, this, &MainWindow::follow);
    connect(&m_session, &Session::overviewLoaded, this, [this](const Overview& overview) {
        m_clockOffsetMs = overview.now - QDateTime::currentMSecsSinceEpoch();
        m_fleet.load(overview);
        m_fleetPage->setLoading(false);
        m_hostPage->setNow(overview.now);
    });
    connect(&m_session, &Session::overviewChanged, &m_fleet, &FleetModel::apply);
    connect(&m_fleet, &FleetModel::statesChanged, this, [this] {
        const FleetSummary summary = m_fleet.summary();
        m_rail->setTrouble(summary.count(HostState::Down) + summary.count(HostState::Late));
        if (m_onHost && !m_fleet.rowOf(m_hostPage->host()))
            showFleet();
    });
}

void MainWindow::follow(Session::State state)
{
    const QString server = m_session.profile().id;
    if (server != m_shownServer) {
        m_shownServer = server;
        m_fleet.clear();
        m_onHost = false;
        m_fleetPage->setLoading(true);
        m_fleetPage->setServer(m_session.profile().url.host());
    }
    m_topBar->setServer(server.isEmpty() ? QString()
                        : m_session.profile().userName.isEmpty()
                            ? m_session.profile().title()
                            : m_session.profile().title() + QStringLiteral(" · ") + m_session.profile().userName);
    showCurrent();
    updateBanner();
    updateLink();
    // Whatever was missed in between is asked for.
    if (state == Session::State::Online && m_onHost)
        m_hostPage->reload();
    m_settingsPage->refresh();
}

void MainWindow::showPage(Page page)
{
    m_page = page;
    if (m_onHost)
        m_hostPage->closeHost();
    m_onHost = false;
    showCurrent();
}

void MainWindow::showFleet()
{
    showPage(Page::Fleet);
    m_fleetPage->focusTable();
}

void MainWindow::openHost(HostId id)
{
    if (!m_fleet.rowOf(id))
        return;
    m_page = Page::Fleet;
    m_onHost = true;
    showCurrent();
    m_hostPage->openHost(id);
    updateTitle();
}

void MainWindow::showCurrent()
{
    const bool connecting = ConnectPage::wants(m_session.state());
    m_rail->setCurrent(m_page);
    m_rail->setVisible(!connecting);
    m_topBar->setVisible(!connecting);
    QWidget* page = m_fleetPage;
    if (connecting)
        page = m_connectPage;
    else if (m_page == Page::Settings)
        page = m_settingsPage;
    else if (m_onHost)
        page = m_hostPage;
    m_pages->setCurrentWidget(page);
    if (connecting)
        m_connectPage->focusField();
    else if (page == m_fleetPage)
        m_fleetPage->focusTable();
    updateTitle();
    updateLink();
}

void MainWindow::updateTitle()
{
    QStringList parts;
    const QString page = m_page == Page::Settings ? tr("Settings") : tr("Fleet");
    QString host;
    if (!ConnectPage::wants(m_session.state())) {
        parts.append(page);
        const auto row = m_fleet.rowOf(m_hostPage->host());
        if (m_onHost && row)
            host = m_fleet.host(*row).name;
        if (!host.isEmpty())
            parts.append(host);
    }
    m_topBar->setPath(page, host);
    if (!m_session.profile().id.isEmpty())
        parts.append(m_session.profile().title());
    parts.append(QStringLiteral("Sextant"));
    setWindowTitle(parts.join(QStringLiteral(" · ")));
}

void MainWindow::updateLink()
{
    LinkState link = LinkState::None;
    if (m_session.state() == Session::State::Online)
        link = m_onHost && !m_hostPage->window().isLive() ? LinkState::Paused : LinkState::Live;
    else if (m_session.state() == Session::State::Lost)
        link = LinkState::Lost;
    else if (m_session.state() == Session::State::Loading)
        link = LinkState::Connecting;
    m_topBar->setLink(link, link == LinkState::Live ? tr("Changes arrive as they happen") : m_session.message());
}

void MainWindow::updateBanner()
{
    const bool lost = m_session.state() == Session::State::Lost;
    m_banner->setVisible(lost);
    if (!lost)
        return;
    const QDateTime now = QDateTime::currentDateTime();
    const qint64 seconds = m_session.nextTry().isValid() ? (now.msecsTo(m_session.nextTry()) + 999) / 1000 : 0;
    const QString next = seconds > 0 ? tr("trying again in %n s", nullptr, int(seconds)) : tr("trying again now");
    m_banner->setText(tr("Lost the connection to %1 at %2; %3. What you see is from then.")
                          .arg(m_session.profile().title(), formatClock(m_session.lostAt()), next));
    m_banner->setToolTip(m_session.message());
}

void MainWindow::fillServerMenu()
{
    m_serverMenu->clear();
    for (const ServerProfile& server : m_servers.servers()) {
        QAction* action = m_serverMenu->addAction(server.title());
        action->setCheckable(true);
        action->setChecked(server.id == m_session.profile().id);
        connect(action, &QAction::triggered, this, [this, server] {
            if (server.id != m_session.profile().id)
                m_session.open(server);
        });
    }
    m_serverMenu->addSeparator();
    connect(m_serverMenu->addAction(tr("Another server …")), &QAction::triggered, &m_session, &Session::close);
    connect(m_serverMenu->addAction(tr("Log out")), &QAction::triggered, &m_session, &Session::logOut);
}

void MainWindow::tick()
{
    updateBanner();
    // While the connection is lost the clock stands still with the data: nobody knows how the hosts are now.
    if (m_session.state() != Session::State::Online)
        return;
    const qint64 now = QDateTime::currentMSecsSinceEpoch() + m_clockOffsetMs;
    m_fleet.setNow(now);
    m_hostPage->setNow(now);
}

void MainWindow::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape && m_onHost) {
        if (!m_hostPage->stepBack())
            showFleet();
        return;
    }
    QMainWindow::keyPressEvent(event);
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    m_settings.setValue(QStringLiteral("window"), saveGeometry());
    QMainWindow::closeEvent(event);
}

} // namespace sextant::console
