// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/battery.h"

#include <QTest>

using namespace sextant;
using namespace sextant::platform;
using namespace sextant::platform::parse;
using namespace std::chrono_literals;

namespace {

const std::string kLaptop = "POWER_SUPPLY_NAME=BAT0\nPOWER_SUPPLY_TYPE=Battery\nPOWER_SUPPLY_STATUS=Discharging\n"
                            "POWER_SUPPLY_PRESENT=1\nPOWER_SUPPLY_TECHNOLOGY=Li-poly\nPOWER_SUPPLY_CYCLE_COUNT=203\n"
                            "POWER_SUPPLY_VOLTAGE_NOW=11634000\nPOWER_SUPPLY_POWER_NOW=8500000\n"
                            "POWER_SUPPLY_ENERGY_FULL_DESIGN=50000000\nPOWER_SUPPLY_ENERGY_FULL=45000000\n"
                            "POWER_SUPPLY_ENERGY_NOW=17000000\nPOWER_SUPPLY_CAPACITY=37\n"
                            "POWER_SUPPLY_SERIAL_NUMBER= 1234\n";
const std::string kMains = "POWER_SUPPLY_NAME=AC\nPOWER_SUPPLY_TYPE=Mains\nPOWER_SUPPLY_ONLINE=0\n";

std::string battery(const std::string& properties)
{
    return "POWER_SUPPLY_NAME=BAT1\nPOWER_SUPPLY_TYPE=Battery\n" + properties;
}

} // namespace

class BatteryTest : public QObject {
    Q_OBJECT
private slots:
    void laptopByEnergy()
    {
        const std::string uevents[] = {kMains, kLaptop};
        const BatteryReading reading = parsePowerSupplies(uevents);
        QCOMPARE(reading.outsidePower, std::optional(false));
        QCOMPARE(reading.batteries.size(), std::size_t(1));
        const Battery& one = reading.batteries[0];
        QCOMPARE(one.name, std::string("BAT0"));
        QCOMPARE(one.chargePercent, std::optional(37.0));
        QCOMPARE(one.healthPercent, std::optional(90.0));
        QCOMPARE(one.charging, std::optional(false));
        QCOMPARE(one.discharging, std::optional(true));
        QCOMPARE(one.watts, std::optional(8.5));
        QCOMPARE(one.remaining, std::optional<std::chrono::seconds>(2h));
        QCOMPARE(one.cycles, std::optional<std::uint64_t>(203));
    }

    void byCharge()
    {
        const std::string uevents[] = {battery("POWER_SUPPLY_STATUS=Charging\nPOWER_SUPPLY_CHARGE_FULL_DESIGN=4000000\n"
                                               "POWER_SUPPLY_CHARGE_FULL=3000000\nPOWER_SUPPLY_CHARGE_NOW=3100000\n"
                                               "POWER_SUPPLY_CURRENT_NOW=-500000\nPOWER_SUPPLY_VOLTAGE_NOW=12000000\n"
                                               "POWER_SUPPLY_CYCLE_COUNT=0\n"),
            "POWER_SUPPLY_NAME=usb\nPOWER_SUPPLY_TYPE=USB\nPOWER_SUPPLY_ONLINE=0\n",
            "POWER_SUPPLY_NAME=ucsi\nPOWER_SUPPLY_TYPE=USB\nPOWER_SUPPLY_ONLINE=1\n"};
        const BatteryReading reading = parsePowerSupplies(uevents);
        QCOMPARE(reading.outsidePower, std::optional(true));
        const Battery& one = reading.batteries.at(0);
        QCOMPARE(one.chargePercent, std::optional(100.0)); // more than full is full
        QCOMPARE(one.healthPercent, std::optional(75.0));
        QCOMPARE(one.charging, std::optional(true));
        QCOMPARE(one.watts, std::optional(6.0));
        QVERIFY(!one.remaining); // it fills
        QVERIFY(!one.cycles);    // 0 is what drivers give that do not count
    }

    void whatIsNoBatteryOfTheMachine()
    {
        const std::string uevents[] = {battery("POWER_SUPPLY_SCOPE=Device\nPOWER_SUPPLY_CAPACITY=50\n"),
            battery("POWER_SUPPLY_PRESENT=0\n"), "", "POWER_SUPPLY_TYPE=Battery\n", std::string(100'000, 'x')};
        const BatteryReading reading = parsePowerSupplies(uevents);
        QVERIFY(reading.batteries.empty());
        QVERIFY(!reading.outsidePower);
    }

    void nonsenseIsAbsent()
    {
        const std::string uevents[] = {
            battery("POWER_SUPPLY_STATUS=Discharging\nPOWER_SUPPLY_CAPACITY=255\nPOWER_SUPPLY_ENERGY_FULL=0\n"
                    "POWER_SUPPLY_ENERGY_FULL_DESIGN=-1\nPOWER_SUPPLY_ENERGY_NOW=9223372036854775807\nPOWER_SUPPLY_"
                    "POWER_NOW=1\n"
                    "POWER_SUPPLY_CYCLE_COUNT=-3\nPOWER_SUPPLY_VOLTAGE_NOW=x\n"),
            battery(
                "POWER_SUPPLY_STATUS=Unknown\nPOWER_SUPPLY_CHARGE_FULL=5000000\nPOWER_SUPPLY_CHARGE_FULL_DESIGN=10\n"
                "POWER_SUPPLY_CURRENT_NOW=-9223372036854775808\n")};
        const BatteryReading reading = parsePowerSupplies(uevents);
        QCOMPARE(reading.batteries.size(), std::size_t(2));
        for (const Battery& one : reading.batteries) {
            QVERIFY(!one.chargePercent && !one.healthPercent && !one.remaining && !one.cycles);
        }
        QVERIFY(!reading.batteries[1].charging && !reading.batteries[1].discharging);
    }

    void windowsStatus()
    {
        const auto onBattery = parsePowerStatus(0, 2, 31, 5'400);
        QVERIFY(onBattery);
        QCOMPARE(onBattery->outsidePower, std::optional(false));
        QCOMPARE(onBattery->batteries.at(0).chargePercent, std::optional(31.0));
        QCOMPARE(onBattery->batteries[0].discharging, std::optional(true));
        QCOMPARE(onBattery->batteries[0].remaining, std::optional<std::chrono::seconds>(90min));
        const auto charging = parsePowerStatus(1, 8 | 1, 255, 0xffffffff);
        QVERIFY(charging);
        QCOMPARE(charging->batteries.at(0).charging, std::optional(true));
        QCOMPARE(charging->batteries[0].discharging, std::optional(false));
        QVERIFY(!charging->batteries[0].chargePercent && !charging->batteries[0].remaining);
        for (const std::uint8_t none : {std::uint8_t(128), std::uint8_t(255), std::uint8_t(130)})
            QCOMPARE(parsePowerStatus(1, none, 255, 0xffffffff).error().code, ErrorCode::NotAvailable);
    }

    void freeBsdVariables()
    {
        const auto reading = parseAcpiBattery(64, 1, 95, 0);
        QVERIFY(reading);
        QCOMPARE(reading->batteries.at(0).chargePercent, std::optional(64.0));
        QCOMPARE(reading->batteries[0].discharging, std::optional(true));
        QCOMPARE(reading->batteries[0].remaining, std::optional<std::chrono::seconds>(95min));
        QCOMPARE(reading->outsidePower, std::optional(false));
        const auto unknown = parseAcpiBattery(-1, 2, -1, std::nullopt);
        QVERIFY(unknown && !unknown->batteries.at(0).chargePercent && !unknown->batteries[0].remaining);
        QVERIFY(!unknown->outsidePower);
        QCOMPARE(parseAcpiBattery(-1, 7, -1, 1).error().code, ErrorCode::NotAvailable);
    }

    void freeBsdDetails()
    {
        const auto with = [](std::vector<AcpiBattery> batteries) {
            Battery system;
            addAcpiDetails(batteries, system);
            return system;
        };
        const AcpiBattery inWatts{false, 50'000, 45'000, 11'100, 203, 8'500, 11'634};
        const AcpiBattery inAmperes{true, 4'000, 3'000, 12'500, 7, 500, 12'000}; // 50 Wh, 37.5 Wh, 6 W
        QCOMPARE(with({inWatts}).healthPercent, std::optional(90.0));
        QCOMPARE(with({inWatts}).watts, std::optional(8.5));
        QCOMPARE(with({inWatts}).cycles, std::optional<std::uint64_t>(203));
        const Battery both = with({inWatts, inAmperes});
        QCOMPARE(both.healthPercent, std::optional(82.5));
        QCOMPARE(both.watts, std::optional(14.5));
        QVERIFY(!both.cycles); // whose?

        for (const Battery& unknown : {with({}), with({AcpiBattery()}), with({inWatts, AcpiBattery()})})
            QVERIFY(!unknown.healthPercent && !unknown.watts && !unknown.cycles);
        AcpiBattery odd = inAmperes;
        odd.designVoltage = 0;
        QVERIFY(!with({odd}).healthPercent && with({odd}).watts);
        odd = inWatts;
        odd.designCapacity = 0;
        QVERIFY(!with({odd}).healthPercent);
        odd.cycles = 0;
        QVERIFY(!with({odd}).cycles);
        odd.designCapacity = 20'000; // it holds more than twice what it was made for
        QVERIFY(!with({odd}).healthPercent);
    }
};

QTEST_GUILESS_MAIN(BatteryTest)
#include "battery_test.moc"
