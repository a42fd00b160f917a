// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/windows_guests.h"

#include <QTest>

using namespace sextant::platform;
using namespace sextant::platform::parse;

class WindowsGuestsTest : public QObject {
    Q_OBJECT
private slots:
    /// As a host with two guests answers: it is in the list itself.
    void guestsOfAHost()
    {
        const auto guests =
            parseGuests({{"HV01", "HV01", "2", "5"}, {"8AD1B4A5-2E4D-4D7A-9D3C-5E0B7A1F0C11", "web-2", "2", "5"},
                {"03c5e8f0-91d2-4f0b-8a77-0d6c2b9e4410", "db-1", "32769", "25"}});
        QCOMPARE(guests.size(), std::size_t(2));
        QCOMPARE(guests[0].id, std::string("03c5e8f0-91d2-4f0b-8a77-0d6c2b9e4410"));
        QCOMPARE(guests[0].name, std::string("db-1"));
        QCOMPARE(guests[0].state, std::string("saved"));
        QCOMPARE(guests[0].healthy, std::optional(false));
        QCOMPARE(guests[1].name, std::string("web-2"));
        QCOMPARE(guests[1].state, std::string("running"));
        QCOMPARE(guests[1].healthy, std::optional(true));
    }

    void whatIsNotKnown()
    {
        const std::string id = "8AD1B4A5-2E4D-4D7A-9D3C-5E0B7A1F0C11";
        const auto guests = parseGuests({{id, std::nullopt, "77", std::nullopt}});
        QCOMPARE(guests.size(), std::size_t(1));
        QCOMPARE(guests[0].state, std::string("unknown"));
        QVERIFY(guests[0].name.empty() && !guests[0].healthy);
        QVERIFY(parseGuests({{}, {id}, {std::nullopt, "x", "2", "5"}, {id.substr(1), "x", "2", "5"},
                                {"8AD1B4A5-2E4D-4D7A-9D3C_5E0B7A1F0C11", "x", "2", "5"},
                                {"GAD1B4A5-2E4D-4D7A-9D3C-5E0B7A1F0C11", "x", "2", "5"}})
                    .empty());
    }
};

QTEST_GUILESS_MAIN(WindowsGuestsTest)
#include "windows_guests_test.moc"
