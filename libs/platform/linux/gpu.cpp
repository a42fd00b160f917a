// SPDX-License-Identifier: GPL-3.0-or-later
// Sources: Documentation/gpu/amdgpu/thermal.rst and driver-misc.rst,
// Documentation/ABI/testing/sysfs-driver-intel-i915-hwmon and -xe-hwmon, Documentation/hwmon/sysfs-interface.rst,
// Documentation/ABI/testing/sysfs-devices-power of the kernel.
#include "platform/gpu.h"

#include "platform/linux/kernel_file.h"
#include "platform/nvml.h"
#include "platform/parse/fields.h"
#include "platform/parse/temperature.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <initializer_list>
#include <system_error>
#include <utility>

namespace sextant::platform {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxCards = 64;

/// A card of the kernel and where its files are.
struct Card {
    std::string id;
    std::string name;
    fs::path folder; ///< /sys/class/drm/card0
    fs::path device; ///< its place on the bus
    fs::path hwmon;  ///< empty when it has none
};

std::string attribute(const fs::path& file)
{
    std::array<char, 256> buffer{};
    const auto bytes = readOnce(AT_FDCWD, file.c_str(), buffer);
    return bytes ? std::string(parse::trimmed(*bytes)) : std::string();
}

/// The number in the first of these files that has one.
std::optional<std::uint64_t> firstNumber(const fs::path& folder, std::initializer_list<const char*> names)
{
    for (const char* name : names) {
        if (const auto number = parse::toUnsigned(attribute(folder / name)))
            return number;
    }
    return std::nullopt;
}

std::optional<double> scaled(std::optional<std::uint64_t> number, double factor)
{
    return number ? std::optional(static_cast<double>(*number) * factor) : std::nullopt;
}

std::optional<double> percentOf(const fs::path& folder, const char* name)
{
    const auto number = firstNumber(folder, {name});
    return number && *number <= 100 ? scaled(number, 1) : std::nullopt;
}

bool sleeps(const fs::path& device)
{
    return attribute(device / "power/runtime_status") == "suspended";
}

/// What the board calls itself, or its driver and ids.
std::string nameOf(const fs::path& device, const std::string& driver)
{
    std::string name = attribute(device / "product_name");
    std::ranges::replace_if(
        name, [](char c) { return c < ' ' || c > '~'; }, '?');
    if (!name.empty())
        return name;
    const auto id = [&device](const char* file) {
        const std::string text = attribute(device / file);
        return text.starts_with("0x") ? text.substr(2) : text;
    };
    return driver + ' ' + id("vendor") + ':' + id("device");
}

fs::path firstEntry(const fs::path& folder)
{
    std::error_code error;
    const fs::directory_iterator entry(folder, error);
    return error || entry == fs::directory_iterator() ? fs::path() : entry->path();
}

/// "card0", not "card0-HDMI-A-1", which is one of its outputs.
bool isCard(std::string_view name)
{
    return name.starts_with("card") && parse::toUnsigned(name.substr(4));
}

std::vector<Card> findCards(const std::string& sys)
{
    std::vector<Card> cards;
    std::error_code error;
    for (fs::directory_iterator entry(sys + "/class/drm", error), end; !error && entry != end; entry.increment(error)) {
        if (!isCard(entry->path().filename().native()) || cards.size() == kMaxCards)
            continue;
        std::error_code none;
        const fs::path device = fs::canonical(entry->path() / "device", none);
        const std::string driver = fs::read_symlink(device / "driver", none).filename();
        if (none || driver == "nvidia") // its own library tells of those
            continue;
        cards.push_back(
            {device.filename(), nameOf(device, driver), entry->path(), device, firstEntry(device / "hwmon")});
    }
    std::ranges::sort(cards, {}, &Card::id);
    return cards;
}

bool tellsSomething(const Gpu& gpu)
{
    return gpu.usagePercent || gpu.memoryTotal || gpu.celsius || gpu.watts || gpu.fanPercent || gpu.clockHertz;
}

Gpu describe(const Card& card)
{
    Gpu gpu;
    gpu.id = card.id;
    gpu.name = card.name;
    gpu.usagePercent = percentOf(card.device, "gpu_busy_percent");
    gpu.memoryBusyPercent = percentOf(card.device, "mem_busy_percent");
    gpu.memoryTotal = firstNumber(card.device, {"mem_info_vram_total"});
    gpu.memoryUsed = firstNumber(card.device, {"mem_info_vram_used"});
    if (!card.hwmon.empty()) {
        gpu.celsius = parse::parseMilliCelsius(attribute(card.hwmon / "temp1_input"));
        gpu.watts = scaled(firstNumber(card.hwmon, {"power1_average", "power1_input"}), 1e-6);
        gpu.wattsLimit = scaled(firstNumber(card.hwmon, {"power1_cap", "power1_max"}), 1e-6);
        if (const auto pwm = firstNumber(card.hwmon, {"pwm1"}); pwm && *pwm <= 255)
            gpu.fanPercent = scaled(pwm, 100.0 / 255);
        gpu.clockHertz = firstNumber(card.hwmon, {"freq1_input"});
        gpu.memoryHertz = firstNumber(card.hwmon, {"freq2_input"});
    }
    if (!gpu.clockHertz) { // i915 since 5.18 and before; xe
        auto megahertz = firstNumber(card.folder, {"gt/gt0/rps_act_freq_mhz", "gt_act_freq_mhz"});
        if (!megahertz)
            megahertz = firstNumber(card.device, {"tile0/gt0/freq0/act_freq"});
        if (megahertz && *megahertz < 100'000)
            gpu.clockHertz = *megahertz * 1'000'000;
    }
    return gpu;
}

/// Whether the kernel has put all of NVIDIA's GPUs to sleep: its library would wake them.
bool allOfNvidiaSleep(const std::string& sys)
{
    bool sleeping = false;
    std::error_code error;
    for (fs::directory_iterator entry(sys + "/bus/pci/drivers/nvidia", error), end; !error && entry != end;
         entry.increment(error)) {
        if (entry->path().filename().native().find(':') == std::string::npos)
            continue;
        if (!sleeps(entry->path()))
            return false;
        sleeping = true;
    }
    return sleeping;
}

} // namespace

struct GpuReader::State {
    explicit State(const Roots& roots)
        : sys(roots.sys),
          // Recorded trees have no driver that a library could ask.
          nvml(roots.sys == "/sys" ? std::vector<std::string>{"libnvidia-ml.so.1"} : std::vector<std::string>())
    {
    }

    std::string sys;
    Nvml nvml;
    std::vector<Card> cards;
    unsigned reads = 0;
};

GpuReader::GpuReader(Roots roots) : m_state(std::make_unique<State>(roots)) {}

GpuReader::~GpuReader() = default;

Result<GpuReading> GpuReader::read()
{
    constexpr unsigned kReadsOfOneList = 30;
    State& state = *m_state;
    if (state.reads++ % kReadsOfOneList == 0)
        state.cards = findCards(state.sys);
    GpuReading reading;
    if (state.nvml.isOpen() || !allOfNvidiaSleep(state.sys)) {
        auto gpus = state.nvml.read();
        if (gpus)
            reading.gpus = std::move(*gpus);
        else if (gpus.error().code != ErrorCode::NotAvailable)
            reading.warnings.push_back(gpus.error().message);
    }
    for (const Card& card : state.cards) {
        if (sleeps(card.device))
            continue;
        if (Gpu gpu = describe(card); tellsSomething(gpu))
            reading.gpus.push_back(std::move(gpu));
    }
    if (reading.gpus.empty() && reading.warnings.empty())
        return fail(ErrorCode::NotAvailable, "no graphics processor tells anything here");
    return reading;
}

} // namespace sextant::platform
