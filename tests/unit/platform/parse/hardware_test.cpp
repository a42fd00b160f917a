// SPDX-License-Identifier: GPL-3.0-or-later
#include "parse/raw_structure.h"
#include "platform/parse/cpuinfo.h"
#include "platform/parse/windows_storage.h"

#include <QTest>

using namespace sextant;
using namespace sextant::platform;
using namespace std::string_view_literals;

class HardwareTest : public QObject {
    Q_OBJECT

private slots:
    void processorsOfX86StandInSockets()
    {
        std::string text;
        for (int cpu = 0; cpu < 4; ++cpu)
            text += "processor\t: " + std::to_string(cpu) +
                    "\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R)\n" +
                    "physical id\t: " + std::to_string(cpu / 2) +
                    "\nsiblings\t: 2\ncpu cores\t: 1\nflags\t\t: fpu: x\n\n";
        const auto processors = parse::parseCpuInfo(text);
        QCOMPARE(processors.size(), std::size_t(2));
        QCOMPARE(processors[1], (Processor{"CPU 1", "GenuineIntel", "Intel(R) Xeon(R)", 1, 2, {}}));
    }

    void othersSayLess()
    {
        const auto arm = parse::parseCpuInfo("processor\t: 0\nBogoMIPS\t: 108.00\n\nprocessor\t: 1\n\n"
                                             "Hardware\t: BCM2835\nModel\t: Raspberry Pi 4\n");
        QCOMPARE(arm, (std::vector<Processor>{{"CPU 0", "", "", {}, 2, {}}}));
        QVERIFY(parse::parseCpuInfo("").empty());
        QVERIFY(parse::parseCpuInfo("vendor_id       : IBM/S390\n# processors    : 2\n").empty());
    }

    void aDiskOfWindows()
    {
        RawStructure bytes(36);
        bytes.put<std::uint32_t>(12, 36).put<std::uint32_t>(16, 45).put<std::uint32_t>(24, 54);
        bytes.append(RawStructure(34).text(0, "Samsung \0SSD 990 \0  S6Z1NX0W        "sv.substr(0, 34)));
        const auto disk = parse::parseStorageDescriptor(bytes.bytes());
        QVERIFY(disk);
        QCOMPARE(disk->model, std::string("Samsung SSD 990"));
        QCOMPARE(disk->serial, std::string("S6Z1NX0W"));
        bytes.put<std::uint32_t>(12, 0).put<std::uint32_t>(24, 4'000'000'000);
        QCOMPARE(parse::parseStorageDescriptor(bytes.bytes())->model, std::string("SSD 990"));
        QCOMPARE(parse::parseStorageDescriptor(bytes.bytes())->serial, std::string());
        QCOMPARE(parse::parseStorageDescriptor(bytes.bytes().first(35)).error().code, ErrorCode::Malformed);
    }
};

QTEST_APPLESS_MAIN(HardwareTest)
#include "hardware_test.moc"
