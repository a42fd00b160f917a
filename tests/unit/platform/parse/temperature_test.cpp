// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/temperature.h"

#include <QTest>

#include <limits>

using namespace sextant::platform::parse;

class TemperatureTest : public QObject {
    Q_OBJECT
private slots:
    void milliCelsius()
    {
        QCOMPARE(parseMilliCelsius("45000\n"), std::optional(45.0));
        QCOMPARE(parseMilliCelsius("41850\n"), std::optional(41.85));
        QCOMPARE(parseMilliCelsius("-12500"), std::optional(-12.5));
        QCOMPARE(parseMilliCelsius("250000"), std::optional(250.0));
        QCOMPARE(parseMilliCelsius("-100000"), std::optional(-100.0));
        QCOMPARE(parseMilliCelsius("-2"), std::optional(-0.002));
    }

    void whatNoSensorMeans_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("a blank line") << QByteArray("\n");
        QTest::newRow("nothing there: 0") << QByteArray("0\n");
        QTest::newRow("nothing there: -1") << QByteArray("-1\n");
        QTest::newRow("-128 of a diode that is not connected") << QByteArray("-128000\n");
        QTest::newRow("-273 of an NVMe limit") << QByteArray("-273150\n");
        QTest::newRow("65261 of an NVMe limit") << QByteArray("65261850\n");
        QTest::newRow("no number") << QByteArray("N/A\n");
        QTest::newRow("a number and more") << QByteArray("45000 C\n");
        QTest::newRow("a decimal") << QByteArray("45.5\n");
        QTest::newRow("too large for 64 bits") << QByteArray("99999999999999999999999\n");
        QTest::newRow("least of 64 bits") << QByteArray("-9223372036854775808");
        QTest::newRow("NUL") << QByteArray("45000\0", 6);
        QTest::newRow("long") << QByteArray(1'000'000, '4');
    }
    void whatNoSensorMeans()
    {
        QFETCH(QByteArray, text);
        QVERIFY(!parseMilliCelsius({text.constData(), static_cast<std::size_t>(text.size())}));
    }

    void deciKelvin()
    {
        QCOMPARE(fromDeciKelvin(3182).value(), 45.05);
        QVERIFY(std::abs(fromDeciKelvin(2732).value() - 0.05) < 1e-9);
        for (const std::int32_t none :
            {0, -1, 1'000, 5'233, std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::min()})
            QVERIFY(!fromDeciKelvin(none));
    }

    /// As a laptop answers: the second zone has no passive trip point, the third is not wired.
    void thermalZones()
    {
        const auto sensors = parseThermalZones({{R"(ACPI\ThermalZone\TZ00_0)", "3010", "3682", "3782"},
            {R"(ACPI\ThermalZone\THM1_0)", "3232", "0", "3732"}, {R"(ACPI\ThermalZone\TZ02_0)", "0", "0", "0"},
            {R"(ACPI\ThermalZone\TZ03_0)", std::nullopt, std::nullopt, std::nullopt}});
        QCOMPARE(sensors.size(), std::size_t(2));
        QCOMPARE(sensors[0].chip, std::string("acpitz"));
        QCOMPARE(sensors[0].device, std::string("TZ00_0"));
        QCOMPARE(sensors[0].sensor, std::string("temp1"));
        QVERIFY(std::abs(sensors[0].celsius - 27.85) < 1e-9);
        QVERIFY(std::abs(sensors[0].high.value() - 95.05) < 1e-9);
        QVERIFY(std::abs(sensors[0].critical.value() - 105.05) < 1e-9);
        QCOMPARE(sensors[1].device, std::string("THM1_0"));
        QVERIFY(!sensors[1].high && sensors[1].critical);
        // What is no answer to the question.
        QVERIFY(parseThermalZones({{}, {"x"}, {std::nullopt, "3010", "0", "0"}, {"x", "-1", "0", "0"},
                                      {"x", "99999999999", "0", "0"}, {"x", "warm", "0", "0"}})
                    .empty());
    }

    void inputs()
    {
        QCOMPARE(temperatureInput("temp1_input"), std::optional<std::uint64_t>(1));
        QCOMPARE(temperatureInput("temp120_input"), std::optional<std::uint64_t>(120));
        for (const char* name : {"", "temp_input", "temp1_label", "tempx_input", "temp1_input.bak", "fan1_input",
                 "input", "temp-1_input", "temp99999999999999999999_input"})
            QVERIFY2(!temperatureInput(name), name);
    }
};

QTEST_GUILESS_MAIN(TemperatureTest)
#include "temperature_test.moc"
