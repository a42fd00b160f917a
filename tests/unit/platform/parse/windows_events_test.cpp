// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/windows_events.h"

#include <QTest>

using namespace sextant::platform;
using namespace sextant::platform::parse;

class WindowsEventsTest : public QObject {
    Q_OBJECT
private slots:
    /// As a server's log gives them.
    void errorsOfALog()
    {
        const auto events =
            parseEvents({{"48213", "133451106000000000", "1", "Microsoft-Windows-Kernel-Power", "41",
                             "The system has rebooted without cleanly shutting down first.\r\n"},
                            {"48190", "133451002345678901", "2", "Service Control Manager", "7031", std::nullopt}},
                "System");
        QCOMPARE(events.size(), std::size_t(2));
        QCOMPARE(events[0].log, std::string("System"));
        QCOMPARE(events[0].record, std::uint64_t(48'213));
        QVERIFY(events[0].level == LoggedEvent::Level::Critical);
        QCOMPARE(events[0].source, std::string("Microsoft-Windows-Kernel-Power"));
        QCOMPARE(events[0].id, std::uint32_t(41));
        QCOMPARE(events[0].message, std::string("The system has rebooted without cleanly shutting down first."));
        QCOMPARE(std::chrono::system_clock::to_time_t(events[0].time), std::time_t(1'700'637'000));
        QVERIFY(events[1].level == LoggedEvent::Level::Error && events[1].message.empty());
    }

    void longMessagesEndAtACharacter()
    {
        std::string text(1'999, 'x');
        text += "é and more";
        const auto events = parseEvents({{"1", "133451106000000000", "2", "s", "1", text}}, "System");
        QCOMPARE(events.at(0).message, std::string(1'999, 'x') + "…");
        const auto whole = parseEvents({{"1", "133451106000000000", "2", "s", "1", std::string(2'000, 'y')}}, "System");
        QCOMPARE(whole.at(0).message, std::string(2'000, 'y'));
    }

    void nonsenseIsLeftOut()
    {
        const std::string time = "133451106000000000";
        QVERIFY(
            parseEvents({{}, {"1", time, "2", "s", "1"}, {"x", time, "2", "s", "1", ""}, {"1", "0", "2", "s", "1", ""},
                            {"1", "99999999999999999999", "2", "s", "1", ""}, {"1", time, "3", "s", "1", ""},
                            {"1", time, "2", std::nullopt, "1", ""}, {"1", time, "2", "s", "4294967296", ""}},
                "System")
                .empty());
    }
};

QTEST_GUILESS_MAIN(WindowsEventsTest)
#include "windows_events_test.moc"
