// SPDX-License-Identifier: GPL-3.0-or-later
// The labels that an API key is bound to, by every way in: they are on all that it writes, and a request that says
// something else of them is refused.
#include "route_calls.h"

#include <QTest>

using namespace sextant;
using namespace sextant::server;

namespace {

/// Golectra's metrics have no labels that could say something else.
bool knowsLabels(const Route& route)
{
    return !route.path.starts_with("/update");
}

} // namespace

class BoundLabelsTest : public QObject {
    Q_OBJECT

private slots:
    void everyWayInPutsThemOnAndRefusesOthers_data()
    {
        QTest::addColumn<std::size_t>("index");
        std::size_t ways = 0;
        for (std::size_t i = 0; i < routes().size(); ++i) {
            const Route& route = routes()[i];
            if (!writesSamples(route))
                continue;
            QTest::newRow((std::string(http::toString(route.method)) + ' ' + std::string(route.path)).c_str()) << i;
            ++ways;
        }
        QCOMPARE(ways, std::size_t{16});
    }
    void everyWayInPutsThemOnAndRefusesOthers()
    {
        QFETCH(std::size_t, index);
        const Route& route = routes()[index];
        const QTemporaryDir folder;
        Parts parts(folder.path());
        const auto send = [&](metrics::Labels labels) {
            Call call = goodCall(route, parts.host);
            call.who.key->labels = std::move(labels);
            return parts.ask(route, std::move(call));
        };
        const auto foreign = send({{"host", "another"}, {"team", "a"}});
        if (knowsLabels(route)) {
            const bool saysItInside = // of a success
                route.path == "/v1/metrics" || route.path == "/v1/import" || route.path == "/api/v1/agent/metrics";
            QVERIFY2(foreign.status / 100 == (saysItInside ? 2 : 4), foreign.body.constData());
            QVERIFY2(foreign.body.contains("is bound to another value by the API key"), foreign.body.constData());
            QVERIFY(parts.newest().empty());
        }
        const auto good = send({{"team", "a"}});
        QVERIFY2(good.status / 100 == 2, good.body.constData());
        const auto stored = parts.newest();
        QVERIFY(!stored.empty());
        for (const auto& [series, value] : stored)
            QVERIFY2(series.find("team=\"a\"") != std::string::npos, series.c_str());
        if (!knowsLabels(route))
            return;
        QVERIFY(std::ranges::all_of(
            stored, [](const auto& entry) { return entry.first.find("host=\"h\"") != std::string::npos; }));
        QVERIFY(send({{"host", "h"}}).status / 100 == 2); // what it says is what it is bound to
    }
};

QTEST_GUILESS_MAIN(BoundLabelsTest)
#include "bound_labels_test.moc"
