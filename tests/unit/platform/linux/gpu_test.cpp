// SPDX-License-Identifier: GPL-3.0-or-later
// The reader on trees like those that the kernel makes for cards of AMD, Intel and virtual machines.
#include "made_sys.h"
#include "platform/gpu.h"

#include <QTest>

#include <filesystem>
#include <fstream>

using namespace sextant;
using namespace sextant::platform;
namespace fs = std::filesystem;

namespace {

class Cards : public MadeSys {
public:
    /// The kernel ends each text with a line.
    void write(const std::string& file, const std::string& text) const { MadeSys::write(file, text + "\n"); }
    /// A card at a place of the PCI bus; returns its folder there.
    std::string addCard(const std::string& card, const std::string& place, const std::string& driver)
    {
        const std::string device = "devices/pci0000:00/" + place;
        fs::create_directories(m_sys / device / "drm" / card);
        link("class/drm/" + card, device + "/drm/" + card);
        link(device + "/drm/" + card + "/device", device);
        link(device + "/driver", "bus/pci/drivers/" + driver);
        write(device + "/vendor", "0x1002");
        write(device + "/device", "0x73bf");
        return device;
    }
};

} // namespace

class GpuReaderTest : public QObject {
    Q_OBJECT
private slots:
    void amd()
    {
        Cards sys;
        const std::string device = sys.addCard("card1", "0000:0b:00.0", "amdgpu");
        sys.write("class/drm/card1-DP-1/status", "connected");
        sys.write(device + "/gpu_busy_percent", "63");
        sys.write(device + "/mem_busy_percent", "12");
        sys.write(device + "/mem_info_vram_total", "17163091968");
        sys.write(device + "/mem_info_vram_used", "2147483648");
        const std::string hwmon = device + "/hwmon/hwmon4";
        sys.write(hwmon + "/temp1_input", "58000");
        sys.write(hwmon + "/power1_average", "142000000");
        sys.write(hwmon + "/power1_cap", "255000000");
        sys.write(hwmon + "/pwm1", "51");
        sys.write(hwmon + "/freq1_input", "2310000000");
        sys.write(hwmon + "/freq2_input", "1000000000");
        const auto reading = GpuReader(sys.roots()).read();
        QVERIFY(reading && reading->warnings.empty());
        QCOMPARE(reading->gpus.size(), std::size_t(1));
        const Gpu& gpu = reading->gpus[0];
        QCOMPARE(gpu.id, std::string("0000:0b:00.0"));
        QCOMPARE(gpu.name, std::string("amdgpu 1002:73bf"));
        QCOMPARE(gpu.usagePercent, std::optional(63.0));
        QCOMPARE(gpu.memoryBusyPercent, std::optional(12.0));
        QCOMPARE(gpu.memoryTotal, std::optional<std::uint64_t>(17'163'091'968));
        QCOMPARE(gpu.memoryUsed, std::optional<std::uint64_t>(2'147'483'648));
        QCOMPARE(gpu.celsius, std::optional(58.0));
        QVERIFY(std::abs(gpu.watts.value() - 142) < 1e-9 && std::abs(gpu.wattsLimit.value() - 255) < 1e-9);
        QVERIFY(std::abs(gpu.fanPercent.value() - 20) < 1e-9);
        QCOMPARE(gpu.clockHertz, std::optional<std::uint64_t>(2'310'000'000));
        QCOMPARE(gpu.memoryHertz, std::optional<std::uint64_t>(1'000'000'000));
    }

    void intelTellsItsClock()
    {
        Cards sys;
        sys.addCard("card0", "0000:00:02.0", "i915");
        sys.write("class/drm/card0/gt/gt0/rps_act_freq_mhz", "1150");
        const std::string xe = sys.addCard("card1", "0000:03:00.0", "xe");
        sys.write(xe + "/tile0/gt0/freq0/act_freq", "2400");
        sys.write(xe + "/product_name", "Arc\tB580");
        const auto reading = GpuReader(sys.roots()).read();
        QVERIFY(reading && reading->gpus.size() == 2);
        QCOMPARE(reading->gpus[0].clockHertz, std::optional<std::uint64_t>(1'150'000'000));
        QVERIFY(!reading->gpus[0].usagePercent && !reading->gpus[0].memoryTotal);
        QCOMPARE(reading->gpus[1].clockHertz, std::optional<std::uint64_t>(2'400'000'000));
        QCOMPARE(reading->gpus[1].name, std::string("Arc?B580"));
    }

    void whatSleepsOrTellsNothingIsNotListed()
    {
        Cards sys;
        GpuReader reader(sys.roots());
        QCOMPARE(reader.read().error().code, ErrorCode::NotAvailable); // no card at all
        const std::string sleeping = sys.addCard("card0", "0000:01:00.0", "amdgpu");
        sys.write(sleeping + "/power/runtime_status", "suspended");
        sys.write(sleeping + "/gpu_busy_percent", "0");
        sys.addCard("card1", "0000:00:01.0", "virtio-pci");
        const std::string nvidia = sys.addCard("card2", "0000:02:00.0", "nvidia");
        sys.write(nvidia + "/gpu_busy_percent", "5");
        GpuReader anew(sys.roots());
        QCOMPARE(anew.read().error().code, ErrorCode::NotAvailable);
        sys.write(sleeping + "/power/runtime_status", "active");
        sys.write(sleeping + "/mem_busy_percent", "101"); // no share of anything
        const auto awake = anew.read();
        QVERIFY(awake && awake->gpus.size() == 1);
        QCOMPARE(awake->gpus[0].usagePercent, std::optional(0.0));
        QVERIFY(!awake->gpus[0].memoryBusyPercent);
    }
};

QTEST_GUILESS_MAIN(GpuReaderTest)
#include "gpu_test.moc"
