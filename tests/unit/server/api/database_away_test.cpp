// SPDX-License-Identifier: GPL-3.0-or-later
// Every route of the table while the database is gone: what needs it answers 503 with a problem that says so, never 500
// and never an answer that looks like "there is nothing"; what lives in memory goes on.
#include "route_calls.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace sextant;
using namespace sextant::server;

namespace {

/// What foreign agents ask for beside writing; it is answered from memory, too.
bool isForeignQuestion(const Route& route)
{
    return route.path == "/ping" || route.path == "/api/v1/agent/command" || route.path == "/api/v1/agent/config";
}

/// Those that are answered from memory. /metrics leaves out what it cannot read.
bool livesInMemory(const Route& route)
{
    return route.path == "/healthz" || route.path == "/metrics" || route.path == "/api/v1/me" ||
           route.path == "/api/v1/overview" || route.path == "/api/v1/hosts" || route.path == "/api/v1/live" ||
           route.path == "/api/v1/format_query" || route.path == "/api/v1/metadata" || route.path == "/api/v1/rules" ||
           route.path == "/api/v1/alerts" || route.path == "/api/v1/query_exemplars" ||
           route.path == "/api/v1/status/buildinfo";
}

} // namespace

class DatabaseAwayTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_parts = std::make_unique<Parts>(m_folder.path());
        m_parts->hearOfHost();
        // A group that is gone already costs no write: /metrics/job/x is there to be ended.
        const auto push = std::ranges::find(routes(), "/metrics/{grouping...}", &Route::path);
        QCOMPARE(m_parts->ask(*push, goodCall(*push, m_parts->host)).status, 200);
        m_parts->takeDatabaseAway();
    }

    void everyRouteSaysSo_data() { addRouteRows(); }
    void everyRouteSaysSo()
    {
        QFETCH(std::size_t, index);
        const Route& route = routes()[index];
        const http::Response response = m_parts->ask(route, goodCall(route, m_parts->host));
        if (isForeignQuestion(route)) {
            QVERIFY(response.status == 200 || response.status == 204);
            return;
        }
        if (livesInMemory(route)) {
            QCOMPARE(response.status, 200);
            QVERIFY(!response.body.contains("sextant_server_store_blocks"));
            return;
        }
        QVERIFY2(response.status == 503, response.body.constData());
        // Where the file is concerns nobody who may not read the log; /readyz is for the one who runs the server.
        QVERIFY(route.path == "/readyz" || !response.body.contains("test.db"));
        QCOMPARE(std::ranges::count(response.headers, std::string("retry-after"), &http::Header::name), 1);
        if (route.parameters.data() == kAnyParameters.data()) { // Prometheus has an envelope of its own
            QCOMPARE(QJsonDocument::fromJson(response.body).object().value(QStringLiteral("errorType")).toString(),
                QStringLiteral("unavailable"));
            return;
        }
        QCOMPARE(response.contentType, std::string_view("application/problem+json"));
        const QString code = QJsonDocument::fromJson(response.body).object().value(QStringLiteral("code")).toString();
        QVERIFY2(code == QStringLiteral("io") || code == QStringLiteral("unreachable"), response.body.constData());
    }

private:
    QTemporaryDir m_folder;
    std::unique_ptr<Parts> m_parts;
};

QTEST_GUILESS_MAIN(DatabaseAwayTest)
#include "database_away_test.moc"
