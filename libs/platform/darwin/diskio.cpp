// SPDX-License-Identifier: GPL-3.0-or-later
// Whole disks, as their drivers count. What has no driver of its own (an APFS container, a volume) is work of the disk
// below it.
#include "platform/diskio.h"

#include "platform/darwin/iokit.h"
#include "platform/parse/mac_disks.h"

#include <array>
#include <functional>
#include <utility>

namespace sextant::platform {
namespace {

/// Lets go of an object or a value at the end.
class Held {
public:
    Held(const IoKit& kit, IoKit::Object object) : m_release([&kit, object] { object != 0 ? kit.release(object) : 0; })
    {
    }
    Held(const IoKit& kit, IoKit::Value value)
        : m_release([&kit, value] {
              if (value != nullptr)
                  kit.releaseValue(value);
          })
    {
    }
    ~Held() { m_release(); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

private:
    std::function<void()> m_release;
};

/// A property of a registry's entry; the caller releases it. Null when there is none of that type.
IoKit::Value property(const IoKit& kit, IoKit::Object entry, const char* name, unsigned long type)
{
    const IoKit::Value key = kit.createString(nullptr, name, IoKit::kUtf8);
    const Held keyHeld(kit, key);
    const IoKit::Value value = key != nullptr ? kit.createProperty(entry, key, nullptr, 0) : nullptr;
    if (value == nullptr || kit.typeOf(value) == type)
        return value;
    kit.releaseValue(value);
    return nullptr;
}

/// "disk0": the name of the medium under a driver; empty when there is none, as in an empty drive.
std::string mediumName(const IoKit& kit, IoKit::Object driver)
{
    IoKit::Object medium = 0;
    if (kit.getChild(driver, "IOService", &medium) != 0)
        return {};
    const Held mediumHeld(kit, medium);
    const IoKit::Value name = property(kit, medium, "BSD Name", kit.stringType());
    const Held nameHeld(kit, name);
    std::array<char, 64> room{};
    if (name == nullptr || !kit.getString(name, room.data(), static_cast<long>(room.size()), IoKit::kUtf8))
        return {};
    return room.data();
}

std::optional<std::uint64_t> numberIn(const IoKit& kit, IoKit::Value dictionary, const char* name)
{
    const IoKit::Value key = kit.createString(nullptr, name, IoKit::kUtf8);
    const Held keyHeld(kit, key);
    const IoKit::Value value = key != nullptr ? kit.inDictionary(dictionary, key) : nullptr;
    std::int64_t number = 0;
    if (value == nullptr || kit.typeOf(value) != kit.numberType() || !kit.getNumber(value, IoKit::kInt64, &number) ||
        number < 0)
        return std::nullopt;
    return static_cast<std::uint64_t>(number);
}

std::optional<BlockDevice> diskOf(const IoKit& kit, IoKit::Object driver)
{
    std::string name = mediumName(kit, driver);
    const IoKit::Value statistics = property(kit, driver, "Statistics", kit.dictionaryType());
    const Held statisticsHeld(kit, statistics);
    if (name.empty() || statistics == nullptr)
        return std::nullopt;
    return parse::readDiskStatistics(std::move(name), [&](const char* key) { return numberIn(kit, statistics, key); });
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
    const Held iteratorHeld(kit, iterator);
    DiskIoReading reading;
    while (const IoKit::Object driver = kit.next(iterator)) {
        const Held driverHeld(kit, driver);
        if (auto disk = diskOf(kit, driver))
            reading.devices.push_back(std::move(*disk));
    }
    return reading;
}

} // namespace sextant::platform
