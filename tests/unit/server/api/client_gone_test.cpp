// SPDX-License-Identifier: GPL-3.0-or-later
// Every route of the table while its client goes away: what it asked for ends early, and that is no trouble of the
// server's for the log.
#include "route_calls.h"

#include <QTest>

#include <utility>

using namespace sextant;
using namespace sextant::server;

class ClientGoneTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_parts = std::make_unique<Parts>(m_folder.path());
        m_parts->hearOfHost();
        const auto write = std::ranges::find(routes(), "/api/v2/write", &Route::path);
        QCOMPARE(m_parts->ask(*write, goodCall(*write, m_parts->host)).status, 204); // there is something to read
    }

    void noRouteLogsAnError_data() { addRouteRows(); }
    void noRouteLogsAnError()
    {
        QFETCH(std::size_t, index);
        const Route& route = routes()[index];
        if (route.path == "/api/v1/hosts/{id}" && route.method == http::Method::Delete)
            return; // of the host that the others ask for
        (void)m_parts->ask(route, goodCall(route, m_parts->host), true);
        const std::lock_guard lock(m_parts->loggedGate);
        for (const std::string& line : std::exchange(m_parts->logged, {}))
            QFAIL(line.c_str());
    }

private:
    QTemporaryDir m_folder;
    std::unique_ptr<Parts> m_parts;
};

QTEST_GUILESS_MAIN(ClientGoneTest)
#include "client_gone_test.moc"
