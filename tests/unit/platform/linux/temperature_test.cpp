// SPDX-License-Identifier: GPL-3.0-or-later
// The reader on trees like those that the kernel makes, with the links between classes and devices.
#include "made_sys.h"
#include "platform/temperature.h"

#include <QTest>

#include <filesystem>
#include <fstream>
#include <set>

using namespace sextant;
using namespace sextant::platform;
namespace fs = std::filesystem;

namespace {

class Sensors : public MadeSys {
public:
    /// A chip of a device, which stands on a bus or belongs to a class.
    void addChip(
        const std::string& number, const std::string& device, const std::string& subsystem, const std::string& name)
    {
        const std::string chip = "devices/" + device + "/hwmon/" + number;
        write(chip + "/name", name + "\n");
        link(chip + "/device", "devices/" + device);
        link("class/hwmon/" + number, chip);
        if (!fs::exists(m_sys / ("devices/" + device + "/subsystem")))
            link("devices/" + device + "/subsystem", subsystem);
    }
    void remove(const std::string& file) { fs::remove_all(m_sys / file); }
};

const TemperatureSensor* find(const TemperatureReading& reading, const std::string& chip, const std::string& sensor)
{
    const auto place = std::ranges::find_if(
        reading.sensors, [&](const TemperatureSensor& one) { return one.chip == chip && one.sensor == sensor; });
    return place == reading.sensors.end() ? nullptr : &*place;
}

} // namespace

class TemperatureReaderTest : public QObject {
    Q_OBJECT
private slots:
    void laptop()
    {
        Sensors sys;
        sys.addChip("hwmon0", "platform/coretemp.0", "bus/platform", "coretemp");
        sys.write("class/hwmon/hwmon0/temp1_input", "52000\n");
        sys.write("class/hwmon/hwmon0/temp1_label", "Package id 0\n");
        sys.write("class/hwmon/hwmon0/temp1_max", "80000\n");
        sys.write("class/hwmon/hwmon0/temp1_crit", "100000\n");
        sys.write("class/hwmon/hwmon0/temp2_input", "51000\n");
        sys.write("class/hwmon/hwmon0/temp2_label", "Core 0\n");
        sys.write("class/hwmon/hwmon0/fan1_input", "1200\n");
        sys.link("devices/pci0000:00/0000:01:00.0/subsystem", "bus/pci");
        sys.addChip("hwmon1", "pci0000:00/0000:01:00.0/nvme/nvme0", "class/nvme", "nvme");
        sys.write("class/hwmon/hwmon1/temp1_input", "41850\n");
        sys.write("class/hwmon/hwmon1/temp1_label", "Composite\n");
        sys.write("class/hwmon/hwmon1/temp1_max", "65261850\n"); // no limit
        sys.write("class/hwmon/hwmon1/temp1_crit", "84850\n");
        sys.write("class/thermal/thermal_zone0/type", "x86_pkg_temp\n"); // coretemp has it
        sys.write("class/thermal/thermal_zone0/temp", "52000\n");
        sys.write("class/thermal/thermal_zone1/type", "pch-cannonlake\n");
        sys.write("class/thermal/thermal_zone1/temp", "46000\n");
        sys.write("class/thermal/thermal_zone1/trip_point_0_type", "passive\n");
        sys.write("class/thermal/thermal_zone1/trip_point_0_temp", "90000\n");
        sys.write("class/thermal/thermal_zone1/trip_point_1_type", "critical\n");
        sys.write("class/thermal/thermal_zone1/trip_point_1_temp", "115000\n");

        const auto reading = TemperatureReader(sys.roots()).read();
        QVERIFY(reading);
        QVERIFY(reading->warnings.empty());
        QCOMPARE(reading->sensors.size(), std::size_t(4));
        const TemperatureSensor* package = find(*reading, "coretemp", "Package id 0");
        QVERIFY(package);
        QCOMPARE(package->device, std::string("coretemp.0"));
        QCOMPARE(package->celsius, 52.0);
        QCOMPARE(package->high, std::optional(80.0));
        QCOMPARE(package->critical, std::optional(100.0));
        const TemperatureSensor* disk = find(*reading, "nvme", "Composite");
        QVERIFY(disk);
        QCOMPARE(disk->device, std::string("0000:01:00.0")); // nvme0 may be another disk after a restart
        QCOMPARE(disk->celsius, 41.85);
        QVERIFY(!disk->high);
        const TemperatureSensor* zone = find(*reading, "pch-cannonlake", "temp1");
        QVERIFY(zone);
        QCOMPARE(zone->device, std::string("thermal_zone1"));
        QCOMPARE(zone->critical, std::optional(115.0));
        QVERIFY(!zone->high);
    }

    void aZoneThatIsAChipIsTakenOnce()
    {
        Sensors sys;
        sys.addChip("hwmon0", "virtual/thermal/thermal_zone0", "class/thermal", "acpitz");
        sys.write("class/hwmon/hwmon0/temp1_input", "27800\n");
        sys.write("class/thermal/thermal_zone0/type", "acpitz\n");
        sys.write("class/thermal/thermal_zone0/temp", "27800\n");
        const auto reading = TemperatureReader(sys.roots()).read();
        QVERIFY(reading);
        QCOMPARE(reading->sensors.size(), std::size_t(1));
        QCOMPARE(reading->sensors[0].device, std::string("thermal_zone0"));
        QCOMPARE(reading->sensors[0].sensor, std::string("temp1"));
    }

    void theNumberOfAChipDoesNotMatter()
    {
        const auto keyOf = [](const std::string& number) {
            Sensors sys;
            sys.addChip(number, "pci0000:00/0000:00:18.3", "bus/pci", "k10temp");
            sys.write("class/hwmon/" + number + "/temp1_input", "60000\n");
            const auto reading = TemperatureReader(sys.roots()).read();
            if (!reading || reading->sensors.size() != 1)
                return std::string("not read");
            return reading->sensors[0].chip + '/' + reading->sensors[0].device + '/' + reading->sensors[0].sensor;
        };
        QCOMPARE(keyOf("hwmon0"), std::string("k10temp/0000:00:18.3/temp1"));
        QCOMPARE(keyOf("hwmon12"), keyOf("hwmon0"));
    }

    void sensorsThatGiveNothingAreLeftOut()
    {
        Sensors sys;
        sys.addChip("hwmon0", "platform/nct6775.656", "bus/platform", "nct6798");
        sys.write("class/hwmon/hwmon0/temp1_input", "35000\n");
        sys.write("class/hwmon/hwmon0/temp1_label", "CPU\xb0\n");
        sys.write("class/hwmon/hwmon0/temp2_input", "0\n");
        sys.write("class/hwmon/hwmon0/temp3_input", "-128000\n");
        sys.link("class/hwmon/hwmon0/temp4_input", "a-folder"); // reading it fails
        sys.write("class/hwmon/hwmon0/temp1_crit", "0\n");
        TemperatureReader reader(sys.roots());
        const auto reading = reader.read();
        QVERIFY(reading);
        QCOMPARE(reading->sensors.size(), std::size_t(1));
        QCOMPARE(reading->sensors[0].sensor, std::string("CPU?")); // not UTF-8: the server would refuse it
        QVERIFY(!reading->sensors[0].critical);
        QVERIFY(reading->warnings.empty());
        // A chip that goes takes its sensors with it; it is no failure while the list still names them.
        sys.remove("class/hwmon/hwmon0");
        const auto without = reader.read();
        QVERIFY(without);
        QVERIFY(without->sensors.empty());
    }

    void sameNamesAreToldApart()
    {
        Sensors sys;
        sys.addChip("hwmon0", "platform/one.0", "bus/platform", "one");
        for (const char* input : {"temp1", "temp2", "temp3"}) {
            sys.write(std::string("class/hwmon/hwmon0/") + input + "_input", "30000\n");
            sys.write(std::string("class/hwmon/hwmon0/") + input + "_label", "temp\n");
        }
        sys.addChip("hwmon1", "platform/one.0", "bus/platform", "one"); // the same device again
        sys.write("class/hwmon/hwmon1/temp1_input", "31000\n");
        sys.write("class/hwmon/hwmon1/temp1_label", "temp\n");
        const auto reading = TemperatureReader(sys.roots()).read();
        QVERIFY(reading);
        QCOMPARE(reading->sensors.size(), std::size_t(4));
        QCOMPARE(reading->sensors[0].sensor, std::string("temp"));
        QCOMPARE(reading->sensors[1].sensor, std::string("temp (temp2)"));
        std::set<std::string> names;
        for (const TemperatureSensor& sensor : reading->sensors)
            names.insert(sensor.sensor);
        QCOMPARE(names.size(), std::size_t(4));
    }

    void aChipThatIsPluggedInIsFound()
    {
        Sensors sys;
        sys.addChip("hwmon0", "platform/one.0", "bus/platform", "one");
        sys.write("class/hwmon/hwmon0/temp1_input", "30000\n");
        TemperatureReader reader(sys.roots());
        QCOMPARE(reader.read()->sensors.size(), std::size_t(1));
        sys.addChip("hwmon1", "platform/two.0", "bus/platform", "two");
        sys.write("class/hwmon/hwmon1/temp1_input", "40000\n");
        std::size_t found = 1;
        for (int i = 0; i < 30; ++i)
            found = reader.read()->sensors.size();
        QCOMPARE(found, std::size_t(2));
    }

    void aFloodOfSensorsIsCut()
    {
        Sensors sys;
        sys.addChip("hwmon0", "platform/one.0", "bus/platform", "one");
        for (int i = 1; i <= 1'005; ++i)
            sys.write("class/hwmon/hwmon0/temp" + std::to_string(i) + "_input", "30000\n");
        const auto reading = TemperatureReader(sys.roots()).read();
        QVERIFY(reading);
        QCOMPARE(reading->sensors.size(), std::size_t(1'000));
        QCOMPARE(reading->warnings.size(), std::size_t(1));
    }

    void aMachineWithoutSensors()
    {
        const MadeSys sys;
        const auto reading = TemperatureReader(sys.roots()).read();
        QVERIFY(!reading);
        QCOMPARE(reading.error().code, ErrorCode::NotAvailable);
    }
};

QTEST_GUILESS_MAIN(TemperatureReaderTest)
#include "temperature_test.moc"
