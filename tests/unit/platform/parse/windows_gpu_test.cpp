// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/windows_gpu.h"

#include <QTest>

using namespace sextant::platform::parse;

class WindowsGpuTest : public QObject {
    Q_OBJECT
private slots:
    void adapters()
    {
        QCOMPARE(adapterOfInstance("pid_4_luid_0x00000000_0x0000D3F1_phys_0_eng_0_engtype_3D"),
            std::optional<std::uint64_t>(0xd3f1));
        QCOMPARE(adapterOfInstance("luid_0x00000001_0xFFFFFFFF_phys_0"), std::optional<std::uint64_t>(0x1ffffffff));
        for (const char* none : {"", "_Total", "luid_0x", "luid_0x0_0x", "luid_0xZ_0x1_phys_0",
                 "luid_0x00000000_phys_0", "luid_0x100000000_0x1_phys_0", "luid_0x0_0x100000000_phys_0"})
            QVERIFY2(!adapterOfInstance(none), none);
    }

    /// Two processes draw, one of them decodes; the other adapter copies more than there is time.
    void busiest()
    {
        const std::vector<CounterValue> engines{{"pid_4_luid_0x00000000_0x0000D3F1_phys_0_eng_0_engtype_3D", 20.5},
            {"pid_812_luid_0x00000000_0x0000D3F1_phys_0_eng_0_engtype_3D", 15},
            {"pid_812_luid_0x00000000_0x0000D3F1_phys_0_eng_3_engtype_VideoDecode", 30},
            {"pid_4_luid_0x00000000_0x0000E001_phys_0_eng_1_engtype_Copy", 70},
            {"pid_5_luid_0x00000000_0x0000E001_phys_0_eng_1_engtype_Copy", 70}, {"_Total", 90},
            {"pid_6_luid_0x00000000_0x0000E001_phys_0_eng_2_engtype_3D", -1}};
        const auto use = busiestEngines(engines);
        QCOMPARE(use.size(), std::size_t(2));
        QCOMPARE(use.at(0xd3f1), 35.5);
        QCOMPARE(use.at(0xe001), 100.0);
        QVERIFY(busiestEngines({}).empty());
    }

    void memoryOfAllParts()
    {
        const std::vector<CounterValue> memory{{"luid_0x00000000_0x0000D3F1_phys_0", 1e9},
            {"luid_0x00000000_0x0000D3F1_phys_1", 5e8}, {"luid_0x00000000_0x0000E001_phys_0", 0}, {"none", 7}};
        const auto used = sumByAdapter(memory);
        QCOMPARE(used.size(), std::size_t(2));
        QCOMPARE(used.at(0xd3f1), 1.5e9);
        QCOMPARE(used.at(0xe001), 0.0);
    }
};

QTEST_GUILESS_MAIN(WindowsGpuTest)
#include "windows_gpu_test.moc"
