// SPDX-License-Identifier: GPL-3.0-or-later
// Whole disks, as their drivers count. What has no driver of its own (an APFS container, a volume) is work of the disk
// below it.
#include "platform/diskio.h"

#include "platform/darwin/iokit.h"
#include "platform/parse/mac_disks.h"

#include <array>
#include <utility>

namespace sextant::platform {
namespace {

/// "disk0": the name of the medium under a driver; empty when there is none, as in an empty drive.
std::string mediumName(const IoKit& kit, IoKit::Object driver)
{
    IoKit::Object medium = 0;
    if (kit.getChild(driver, "IOService", &medium) != 0)
        return {};
    const IoKitHeld mediumHeld(kit, medium);
    const IoKit::Value name = kit.property(medium, "BSD Name", kit.stringType());
    const IoKitHeld nameHeld(kit, name);
    std::array<char, 64> room{};
    if (name == nullptr || !kit.getString(name, room.data(), static_cast<long>(room.size()), IoKit::kUtf8))
        return {};
    return room.data();
}

std::optional<BlockDevice> diskOf(const IoKit& kit, IoKit::Object driver)
{
    std::string name = mediumName(kit, driver);
    const IoKit::Value statistics = kit.property(driver, "Statistics", kit.dictionaryType());
    const IoKitHeld statisticsHeld(kit, statistics);
    if (name.empty() || statistics == nullptr)
        return std::nullopt;
    return parse::readDiskStatistics(std::move(name), [&](const char* key) -> std::optional<std::uint64_t> {
        const auto number = kit.numberIn(statistics, key);
        return number && *number >= 0 ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
    });
}

} // namespace

struct DiskIoReader::State {
    Result<IoKit> kit = IoKit::load();
};

DiskIoReader::DiskIoReader(Roots) : m_state(std::make_unique<State>()) {}

DiskIoReader::~DiskIoReader() = default;

Result<DiskIoReading> DiskIoReader::read()
{
    if (!m_state->kit)
        return tl::unexpected(m_state->kit.error());
    const IoKit& kit = *m_state->kit;
    IoKit::Object iterator = 0;
    if (const int error = kit.getMatching(0, kit.matching("IOBlockStorageDriver"), &iterator); error != 0)
        return fail(ErrorCode::Io, "IOKit does not list the disks: error " + std::to_string(error));
    const IoKitHeld iteratorHeld(kit, iterator);
    DiskIoReading reading;
    while (const IoKit::Object driver = kit.next(iterator)) {
        const IoKitHeld driverHeld(kit, driver);
        if (auto disk = diskOf(kit, driver))
            reading.devices.push_back(std::move(*disk));
    }
    return reading;
}

} // namespace sextant::platform
