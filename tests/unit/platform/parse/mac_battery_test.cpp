// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/mac_battery.h"

#include <QTest>

#include <map>

using namespace sextant;
using namespace sextant::platform;
using namespace std::chrono_literals;

namespace {

using Properties = std::map<std::string, std::int64_t>;

parse::SmartBatteryProperties::Property in(const Properties& properties)
{
    return [properties](const char* key) -> std::optional<std::int64_t> {
        const auto found = properties.find(key);
        return found == properties.end() ? std::nullopt : std::optional(found->second);
    };
}

Result<BatteryReading> read(const Properties& own, const Properties& data = {})
{
    return parse::parseSmartBattery({in(own), in(data)});
}

Battery batteryOf(const Properties& own, const Properties& data = {})
{
    return read(own, data).value().batteries.at(0);
}

/// `properties` with one more, or another.
Properties with(Properties properties, const std::string& key, std::int64_t value)
{
    properties[key] = value;
    return properties;
}

/// A portable with an Intel processor, on its battery.
const Properties kIntel{{"BatteryInstalled", 1}, {"ExternalConnected", 0}, {"IsCharging", 0}, {"FullyCharged", 0},
    {"CurrentCapacity", 4'500}, {"MaxCapacity", 6'000}, {"AppleRawCurrentCapacity", 4'480},
    {"AppleRawMaxCapacity", 6'000}, {"DesignCapacity", 8'000}, {"CycleCount", 292}, {"Voltage", 12'000},
    {"Amperage", -1'500}, {"TimeRemaining", 180}, {"AvgTimeToEmpty", 181}};

/// One with Apple's processor, being charged: capacities that people see are percent.
const Properties kApple{{"BatteryInstalled", 1}, {"ExternalConnected", 1}, {"IsCharging", 1}, {"FullyCharged", 0},
    {"CurrentCapacity", 34}, {"MaxCapacity", 100}, {"AppleRawCurrentCapacity", 1'490}, {"AppleRawMaxCapacity", 4'400},
    {"DesignCapacity", 4'400}, {"CycleCount", 0}, {"Voltage", 12'500}, {"Amperage", 2'000}, {"TimeRemaining", 95},
    {"AvgTimeToEmpty", 65'535}};

} // namespace

class MacBatteryTest : public QObject {
    Q_OBJECT
private slots:
    void byMilliampereHours()
    {
        const auto reading = read(kIntel);
        QVERIFY(reading.has_value());
        QCOMPARE(reading->outsidePower, std::optional(false));
        QCOMPARE(reading->batteries.size(), std::size_t{1});
        const Battery& battery = reading->batteries.front();
        QCOMPARE(battery.name, std::string("InternalBattery-0"));
        QCOMPARE(battery.chargePercent, std::optional(75.0));
        QCOMPARE(battery.healthPercent, std::optional(75.0));
        QCOMPARE(battery.charging, std::optional(false));
        QCOMPARE(battery.discharging, std::optional(true));
        QCOMPARE(battery.watts, std::optional(18.0));
        QCOMPARE(battery.remaining, std::optional<std::chrono::seconds>(180min));
        QCOMPARE(battery.cycles, std::optional<std::uint64_t>(292));
    }

    void byPercent()
    {
        const auto reading = read(kApple);
        QVERIFY(reading.has_value());
        QCOMPARE(reading->outsidePower, std::optional(true));
        const Battery& battery = reading->batteries.at(0);
        QCOMPARE(battery.chargePercent, std::optional(34.0));
        QCOMPARE(battery.healthPercent, std::optional(100.0)); // of the mAh, not of the percent
        QCOMPARE(battery.charging, std::optional(true));
        QCOMPARE(battery.discharging, std::optional(false));
        QCOMPARE(battery.watts, std::optional(25.0));
        QVERIFY(!battery.remaining);                               // that is the time until it is full
        QCOMPARE(battery.cycles, std::optional<std::uint64_t>(0)); // it is new
    }

    /// Since macOS 27 what is in mAh is in BatteryData alone.
    void capacitiesOfTheInnerDictionary()
    {
        Properties own = kApple;
        for (const char* key : {"AppleRawCurrentCapacity", "AppleRawMaxCapacity", "DesignCapacity", "CycleCount"})
            own.erase(key);
        const Battery battery =
            batteryOf(own, {{"FullChargeCapacity", 4'427}, {"DesignCapacity", 4'563}, {"MaxCapacity", 100},
                               {"RemainingCapacity", 1'490}, {"CycleCount", 41}});
        QCOMPARE(battery.chargePercent, std::optional(34.0));
        QCOMPARE(qRound(battery.healthPercent.value_or(0)), 97);
        QCOMPARE(battery.cycles, std::optional<std::uint64_t>(41));
        QVERIFY(!batteryOf(own).healthPercent); // 100 % of 100 % says nothing
    }

    void aCurrentThatFlowsOut()
    {
        const auto watts = [](std::int64_t amperage) { return batteryOf(with(kIntel, "Amperage", amperage)).watts; };
        QCOMPARE(watts(static_cast<std::int64_t>(18'446'744'073'709'550'116U)), std::optional(18.0)); // 2^64 - 1500
        QCOMPARE(watts(4'294'965'796), std::optional(18.0));                                          // 2^32 - 1500
        QCOMPARE(watts(0), std::optional(0.0));
        QVERIFY(!watts(40'000) && !watts(-40'000));
        QVERIFY(!batteryOf(with(kIntel, "Voltage", 0)).watts);
        // An adapter that gives less than is used.
        const Properties weak = with(with(kIntel, "ExternalConnected", 1), "Amperage", -200);
        QCOMPARE(batteryOf(weak).discharging, std::optional(true));
        QCOMPARE(batteryOf(with(weak, "Amperage", 0)).discharging, std::optional(false));
        QVERIFY(!batteryOf(with(weak, "Amperage", 0)).remaining);
    }

    void whatIsNotKnownIsAbsent()
    {
        QVERIFY(!batteryOf(with(with(kIntel, "TimeRemaining", 65'535), "AvgTimeToEmpty", 65'535)).remaining);
        QCOMPARE(
            batteryOf(with(kIntel, "TimeRemaining", 65'535)).remaining, std::optional<std::chrono::seconds>(181min));
        QVERIFY(!batteryOf(with(kIntel, "MaxCapacity", 0)).chargePercent);
        QVERIFY(!batteryOf(with(kIntel, "CurrentCapacity", -1)).chargePercent);
        QCOMPARE(batteryOf(with(kIntel, "CurrentCapacity", 6'100)).chargePercent, std::optional(100.0));
        QVERIFY(!batteryOf(with(kIntel, "DesignCapacity", 2'000)).healthPercent); // three times its design
        QVERIFY(!batteryOf(with(kIntel, "CycleCount", -1)).cycles);
        const auto bare = read({{"CurrentCapacity", 50}});
        QVERIFY(bare.has_value() && !bare->outsidePower);
        const Battery& battery = bare->batteries.at(0);
        QVERIFY(
            !battery.charging && !battery.discharging && !battery.watts && !battery.cycles && !battery.chargePercent);
    }

    void aMacWithoutABattery()
    {
        QVERIFY(read(with(kApple, "BatteryInstalled", 0)).error().code == ErrorCode::NotAvailable);
        QVERIFY(read({}).error().code == ErrorCode::NotAvailable);
    }
};

QTEST_APPLESS_MAIN(MacBatteryTest)
#include "mac_battery_test.moc"
