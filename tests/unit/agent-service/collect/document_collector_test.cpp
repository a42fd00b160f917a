// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/document_collector.h"
#include "agent-service/collect/inventory_documents.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSemaphore>
#include <QTest>
#include <QThread>

#include <atomic>
#include <memory>

using namespace sextant;
using namespace sextant::agent;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kHour = 3'600'000;

Tick at(std::int64_t timeMs)
{
    return {timeMs, 10'000, {}};
}

/// Starts a reading with a tick of that time and asks until it has come back.
Result<Collected> readingOf(DocumentCollector& collector, std::int64_t timeMs)
{
    auto first = collector.collect(at(timeMs));
    if (!first || !first->documents.empty())
        return fail(ErrorCode::Internal, "the tick that starts a reading has nothing of it");
    for (int i = 0; i < 5'000; ++i) {
        auto later = collector.collect(at(timeMs));
        if (!later || !later->documents.empty() || !later->warnings.empty())
            return later;
        QThread::msleep(1);
    }
    return fail(ErrorCode::TimedOut, "nothing came");
}

QJsonObject parsed(const std::string& text)
{
    return QJsonDocument::fromJson(QByteArray::fromStdString(text)).object();
}

} // namespace

class DocumentCollectorTest : public QObject {
    Q_OBJECT

private slots:
    void theFirstReadingMayWait()
    {
        std::atomic<int> readings = 0;
        DocumentCollector collector(
            "updates", 1h,
            [&readings] {
                ++readings;
                return Result<DocumentText>(DocumentText{"{}", {}});
            },
            5min);
        for (const std::int64_t seconds : {0, 0, 10, 299}) {
            const auto early = collector.collect(at(1'000 * seconds));
            QVERIFY(early && early->documents.empty());
        }
        QTest::qWait(20); // a reading would have begun on its thread
        QCOMPARE(readings.load(), 0);
        const auto first = readingOf(collector, 300'000);
        QVERIFY(first && first->documents.size() == 1);
        QCOMPARE(readings.load(), 1);
    }

    void isSentWhenItChangesAndOnceADay()
    {
        auto text = std::make_shared<std::string>("{\"a\":1}");
        DocumentCollector collector("packages", 1h, [text, readings = std::make_shared<int>(0)] {
            return Result<DocumentText>(DocumentText{*text, {"w", "reading " + std::to_string(++*readings)}});
        });
        QCOMPARE(QString::fromStdString(std::string(collector.name())), QStringLiteral("packages"));
        const auto first = readingOf(collector, 1'000);
        QVERIFY(first && first->documents.size() == 1);
        QCOMPARE(first->documents[0].kind, std::string("packages"));
        QCOMPARE(first->documents[0].timeMs, std::int64_t(1'000));
        QCOMPARE(first->documents[0].text, std::string("{\"a\":1}"));
        QCOMPARE(first->warnings, (std::vector<std::string>{"w", "reading 1"}));
        QVERIFY(collector.collect(at(kHour))->documents.empty()); // not due yet: no reading is started
        const auto same = readingOf(collector, 1'000 + kHour);
        QCOMPARE(same->documents.size(), std::size_t(0));
        QCOMPARE(same->warnings, std::vector<std::string>{"reading 2"}); // the other was said already
        *text = "{\"a\":2}";
        QCOMPARE(readingOf(collector, 1'000 + 2 * kHour)->documents.at(0).text, std::string("{\"a\":2}"));
        QCOMPARE(readingOf(collector, 1'000 + 25 * kHour)->documents.size(), std::size_t(0));
        QCOMPARE(readingOf(collector, 1'000 + 26 * kHour)->documents.size(), std::size_t(1)); // a day after the last
        QCOMPARE(readingOf(collector, 5)->documents.size(), std::size_t(1));                  // the clock was set back
    }

    void aSlowReadingHoldsUpNoTick()
    {
        auto gate = std::make_shared<QSemaphore>();
        auto runs = std::make_shared<std::atomic<int>>(0);
        {
            DocumentCollector collector("updates", 1min, [gate, runs] {
                ++*runs;
                gate->acquire();
                return Result<DocumentText>(DocumentText{"{}", {}});
            });
            for (std::int64_t second = 0; second < 300; ++second) {
                const auto tick = collector.collect(at(second * 1'000));
                QVERIFY(tick && tick->documents.empty());
            }
            QTRY_COMPARE(runs->load(), 1);
            gate->release();
            std::vector<metrics::Document> documents;
            QTRY_VERIFY(!documents.empty() || !(documents = collector.collect(at(300'000))->documents).empty());
            QCOMPARE(documents[0].timeMs, std::int64_t(0)); // of the tick that started it
            QVERIFY(collector.collect(at(300'000)));        // the next one, which outlives the collector
            QTRY_COMPARE(runs->load(), 2);
        }
        gate->release();
    }

    void aFailureIsToldAndTriedAgainAtItsTime()
    {
        auto good = std::make_shared<bool>(false);
        DocumentCollector collector("hardware", 1h, [good]() -> Result<DocumentText> {
            if (!*good)
                return fail(ErrorCode::NotAvailable, "none here");
            return DocumentText{std::string(DocumentCollector::kLimit, ' '), {}};
        });
        QCOMPARE(readingOf(collector, 0).error().code, ErrorCode::NotAvailable);
        *good = true;
        for (int i = 0; i < 20; ++i)
            QVERIFY(collector.collect(at(kHour - 1))->documents.empty());
        QCOMPARE(readingOf(collector, kHour)->documents.at(0).text.size(), DocumentCollector::kLimit);
    }

    void aDocumentHasALimit()
    {
        DocumentCollector collector("hardware", 1h, [] {
            return Result<DocumentText>(DocumentText{std::string(DocumentCollector::kLimit + 1, ' '), {}});
        });
        QCOMPARE(readingOf(collector, 0).error().code, ErrorCode::TooLarge);
    }

    void packagesAsJson()
    {
        platform::PackagesReading reading;
        reading.packages.push_back({"a\"b", "1", "", "Z\xfc", "dpkg", "", std::chrono::sys_seconds(5s), 7});
        reading.packages.push_back({"c", "2", "all", "", "dpkg", "anna", {}, {}});
        reading.warnings.push_back("w");
        const DocumentText document = documentOf(reading);
        QCOMPARE(document.warnings, reading.warnings);
        const QJsonObject json = parsed(document.json);
        QCOMPARE(json.value(QLatin1String("total")).toInt(), 2);
        QVERIFY(!json.contains(QLatin1String("truncated")));
        const QJsonArray list = json.value(QLatin1String("packages")).toArray();
        QCOMPARE(list.size(), 2);
        const QJsonObject first = list[0].toObject();
        QCOMPARE(first.value(QLatin1String("name")).toString(), QStringLiteral("a\"b"));
        QCOMPARE(first.value(QLatin1String("publisher")).toString(), QStringLiteral("Z\ufffd"));
        QCOMPARE(first.value(QLatin1String("installed")).toInteger(), 5'000);
        QCOMPARE(first.value(QLatin1String("bytes")).toInteger(), 7);
        QVERIFY(!first.contains(QLatin1String("architecture")) && !first.contains(QLatin1String("account")));
        QCOMPARE(list[1].toObject().value(QLatin1String("account")).toString(), QStringLiteral("anna"));
        QCOMPARE(documentOf(platform::PackagesReading()).json, std::string("{\"total\":0,\"packages\":[]}"));
    }

    void aListThatIsTooLongEndsEarlier()
    {
        platform::PackagesReading reading;
        for (int i = 0; i < 3'000; ++i)
            reading.packages.push_back({std::string(1'000, 'n'), "1", "", "", "dpkg", "", {}, {}});
        const std::string text = documentOf(reading).json;
        QVERIFY(text.size() > 990'000 && text.size() <= DocumentCollector::kLimit);
        const QJsonObject json = parsed(text);
        QCOMPARE(json.value(QLatin1String("total")).toInt(), 3'000);
        QCOMPARE(json.value(QLatin1String("truncated")).toBool(), true);
        const auto listed = json.value(QLatin1String("packages")).toArray().size();
        QVERIFY(listed > 900 && listed < 1'000);
    }

    void containersAsJson()
    {
        platform::ListedContainer web;
        web.name = "web";
        web.id = "4f1e5a2b9c3d";
        web.runtime = "docker";
        web.state = "running";
        web.started = std::chrono::sys_seconds(std::chrono::seconds(1'767'225'600));
        web.restarts = 3;
        platform::ListedContainer guest;
        guest.name = "guest";
        const auto text = documentOf(platform::ContainerListReading{{web, guest}, {"half"}});
        const std::string expected =
            R"({"total":2,"containers":[{"id":"4f1e5a2b9c3d","name":"web","restarts":3,"runtime":"docker",)"
            R"("started":1767225600000,"state":"running"},{"name":"guest"}]})";
        QCOMPARE(text.json, expected);
        QCOMPARE(text.warnings, std::vector<std::string>{"half"});
    }

    void servicesAsJson()
    {
        platform::Service service;
        service.name = "ssh.service";
        service.state = platform::ServiceState::Failed;
        service.start = platform::ServiceStart::Delayed;
        service.exitCode = -1;
        service.recovery = {{platform::RecoveryStep::Action::Restart, 5s}};
        service.recoveryResetsAfter = 24h;
        const QJsonObject json = parsed(documentOf(platform::ServicesReading{"systemd", {service, {}}, {}}).json);
        QCOMPARE(json.value(QLatin1String("manager")).toString(), QStringLiteral("systemd"));
        const QJsonArray list = json.value(QLatin1String("services")).toArray();
        QCOMPARE(QJsonDocument(list[0].toObject()).toJson(QJsonDocument::Compact),
            QByteArray("{\"exitCode\":-1,\"name\":\"ssh.service\",\"recovery\":[{\"action\":\"restart\",\"delayMs\":"
                       "5000}],\"recoveryResetSeconds\":86400,\"start\":\"delayed\",\"state\":\"failed\"}"));
        QVERIFY(list[1].toObject().isEmpty()); // nothing is known: nothing is said
    }

    void updatesAsJson()
    {
        platform::UpdatesReading reading;
        reading.manager = "apt";
        QCOMPARE(documentOf(reading).json, std::string("{\"manager\":\"apt\"}")); // not known is not none
        reading.pending.emplace();
        reading.rebootRequired = false;
        QCOMPARE(documentOf(reading).json, std::string("{\"manager\":\"apt\",\"rebootRequired\":false,\"security\":0,"
                                                       "\"total\":0,\"pending\":[]}"));
        reading.pending = {{"openssl", "1", "2", "a", true}, {"vim", "", "3", "", std::nullopt}};
        reading.rebootRequired = true;
        reading.rebootReasons = {"libc6"};
        reading.listsChanged = std::chrono::sys_seconds(1s);
        QCOMPARE(documentOf(reading).json,
            std::string("{\"listsChanged\":1000,\"manager\":\"apt\",\"rebootReasons\":[\"libc6\"],"
                        "\"rebootRequired\":true,\"security\":1,\"total\":2,\"pending\":[{\"installedVersion\":\"1\","
                        "\"name\":\"openssl\",\"origin\":\"a\",\"security\":true,\"version\":\"2\"},"
                        "{\"name\":\"vim\",\"version\":\"3\"}]}"));
    }

    void hardwareAsJson()
    {
        platform::Hardware hardware;
        hardware.system = {"Dell Inc.", "R650", "", "S1", ""};
        hardware.uuid = "u";
        hardware.chassisType = "rack mount";
        hardware.memory.push_back({"A1", "", 0, "", "", {}, {}, "", "", ""});
        hardware.disks.push_back({"sda", "", "", 5, false});
        const QJsonObject json = parsed(documentOf(hardware).json);
        const QJsonObject system = json.value(QLatin1String("system")).toObject();
        QCOMPARE(system.keys().join(u' '), QStringLiteral("manufacturer product serial uuid"));
        QCOMPARE(json.value(QLatin1String("chassis")).toObject().value(QLatin1String("type")).toString(),
            QStringLiteral("rack mount"));
        QVERIFY(!json.contains(QLatin1String("board")) && !json.contains(QLatin1String("firmware")));
        QCOMPARE(json.value(QLatin1String("processors")).toArray().size(), 0);
        const QJsonObject module = json.value(QLatin1String("memory")).toArray().at(0).toObject();
        QCOMPARE(module.value(QLatin1String("bytes")).toInteger(-1), 0);
        const QJsonObject disk = json.value(QLatin1String("disks")).toArray().at(0).toObject();
        QCOMPARE(disk.value(QLatin1String("rotational")), QJsonValue(false));
    }
};

QTEST_APPLESS_MAIN(DocumentCollectorTest)
#include "document_collector_test.moc"
