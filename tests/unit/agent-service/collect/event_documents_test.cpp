// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/collectors.h"
#include "agent-service/collect/event_documents.h"

#include <QTest>

#include <algorithm>

using namespace sextant;
using namespace sextant::agent;
using platform::LoggedEvent;

namespace {

/// JSON that is written with ' for ".
std::string json(QByteArray text)
{
    return text.replace('\'', '"').toStdString();
}

} // namespace

class EventDocumentsTest : public QObject {
    Q_OBJECT
private slots:
    void events()
    {
        const std::chrono::system_clock::time_point time{std::chrono::milliseconds(1'700'637'000'123)};
        const auto text = documentOf(platform::EventsReading{
            {{"System", 48'213, time, LoggedEvent::Level::Critical, "Kernel-Power", 41, "Not shut down."},
                {"Application", 7, time, LoggedEvent::Level::Error, "App", 1000, ""}},
            {"half"}});
        QCOMPARE(text.json,
            json("{'events':[{'id':41,'level':'critical','log':'System','message':'Not shut down.','record':48213,"
                 "'source':'Kernel-Power','time':1700637000123},{'id':1000,'level':'error',"
                 "'log':'Application','record':7,'source':'App','time':1700637000123}]}"));
        QCOMPARE(text.warnings, std::vector<std::string>{"half"});
        QCOMPARE(documentOf(platform::EventsReading{}).json, json("{'events':[]}"));
    }

    void guests()
    {
        const auto text = documentOf(platform::GuestsReading{
            {{"8AD1B4A5", "web", "running", true}, {"03C5E8F0", "old", "off", std::nullopt}}, {}});
        QCOMPARE(text.json, json("{'guests':[{'healthy':true,'id':'8AD1B4A5','name':'web','state':'running'},"
                                 "{'id':'03C5E8F0','name':'old','state':'off'}]}"));
    }

    void onlyWhereThereIsAWorker()
    {
        const auto has = [](const Settings& settings, const platform::Roots& roots, std::string_view name) {
            return std::ranges::any_of(makeCollectors(settings, roots),
                [name](const std::shared_ptr<Collector>& collector) { return collector->name() == name; });
        };
        platform::Roots windows;
        windows.worker = "agent.exe";
        Settings settings;
        QVERIFY(has(settings, windows, "events") && has(settings, windows, "guests"));
        QVERIFY(!has(settings, {}, "events") && !has(settings, {}, "guests"));
        settings.events = false;
        QVERIFY(!has(settings, windows, "events") && has(settings, windows, "guests"));
        settings.guests = false;
        QVERIFY(!has(settings, windows, "guests"));
    }
};

QTEST_GUILESS_MAIN(EventDocumentsTest)
#include "event_documents_test.moc"
