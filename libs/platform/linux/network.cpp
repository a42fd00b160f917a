// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/network.h"

#include "platform/linux/kernel_file.h"
#include "platform/parse/fields.h"
#include "platform/parse/key_values.h"
#include "platform/parse/net_dev.h"

#include <fcntl.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <unordered_map>

namespace sextant::platform {
namespace {

/// What sysfs says of an interface and what seldom changes.
struct InterfaceFacts {
    std::optional<bool> loopback;
    std::optional<bool> isVirtual;
    std::optional<std::uint64_t> mtu;
    std::optional<std::uint64_t> speed;
    std::optional<bool> up; ///< when the speed was asked
    unsigned age = 0;       ///< reads since
};

/// One interface's folder below /sys/class/net.
class InterfaceFolder {
public:
    InterfaceFolder(const std::string& classPath, const std::string& name)
        : m_folder(::open((classPath + '/' + name).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC))
    {
    }

    [[nodiscard]] bool exists() const { return m_folder.isOpen(); }
    [[nodiscard]] bool has(const char* entry) const { return ::faccessat(m_folder.number(), entry, F_OK, 0) == 0; }
    [[nodiscard]] std::string_view attribute(const char* name)
    {
        const auto text = readOnce(m_folder.number(), name, m_buffer);
        return text ? parse::trimmed(*text) : std::string_view();
    }

private:
    Descriptor m_folder;
    std::array<char, 4096> m_buffer;
};

/// By operstate (RFC 2863); drivers that do not keep it say "unknown", and the carrier decides.
std::optional<bool> isUp(InterfaceFolder& folder)
{
    const std::string state(folder.attribute("operstate"));
    if (state == "up")
        return true;
    if (state == "unknown")
        return folder.attribute("carrier") == "1"; // cannot be read while the interface is switched off
    if (state.empty())
        return std::nullopt;
    return false;
}

/// "speed" is in Mbit/s; drivers say -1, 0 or all ones in 16 or 32 bits for none, or refuse.
std::optional<std::uint64_t> speedOf(InterfaceFolder& folder)
{
    constexpr std::uint64_t kBytesPerMegabit = 125'000;
    const auto megabits = parse::toUnsigned(folder.attribute("speed"));
    if (!megabits || *megabits == 0 || *megabits == 0xffff || *megabits >= 0x7fffffff)
        return std::nullopt;
    return *megabits * kBytesPerMegabit;
}

/// An interface is real when it has a device and is not built on another interface.
bool isVirtual(InterfaceFolder& folder)
{
    if (!folder.has("device") || folder.has("bridge") || folder.has("bonding") || folder.has("tun_flags"))
        return true;
    const auto index = parse::toUnsigned(folder.attribute("ifindex"));
    const auto link = parse::toUnsigned(folder.attribute("iflink"));
    if (index && link && *index != *link)
        return true;
    const std::string type = parse::keyValue(folder.attribute("uevent"), "DEVTYPE");
    return type == "vlan" || type == "bridge" || type == "bond" || type == "vxlan" || type == "macvlan";
}

} // namespace

struct NetworkReader::State {
    explicit State(const Roots& roots)
        : devices(roots.proc + (roots.live() ? "/net/dev" : "/1/net/dev")),
          ownDevices(roots.proc + "/net/dev"),
          classPath(roots.sys + "/class/net")
    {
    }

    void complete(NetworkInterface& interface);

    KernelFile devices;
    KernelFile ownDevices;
    std::string classPath;
    std::unordered_map<std::string, InterfaceFacts> facts;
};

/// Fills in what /proc/net/dev does not say. Only the link's state is asked each time; asking the speed can make a
/// driver talk to its hardware.
void NetworkReader::State::complete(NetworkInterface& interface)
{
    constexpr unsigned kFactsReads = 30;
    InterfaceFolder folder(classPath, interface.name);
    if (!folder.exists()) {
        facts.erase(interface.name);
        return;
    }
    interface.up = isUp(folder);
    const auto [place, isNew] = facts.try_emplace(interface.name);
    InterfaceFacts& known = place->second;
    if (isNew || known.up != interface.up || ++known.age >= kFactsReads) {
        known.age = 0;
        known.up = interface.up;
        known.speed = interface.up == true ? speedOf(folder) : std::nullopt;
        known.mtu = parse::toUnsigned(folder.attribute("mtu"));
        const auto flags = parse::fromHex(folder.attribute("flags"));
        if (flags)
            known.loopback = (*flags & IFF_LOOPBACK) != 0;
        known.isVirtual = known.loopback != true && isVirtual(folder);
    }
    interface.speedBytesPerSecond = known.speed;
    interface.mtuBytes = known.mtu;
    interface.loopback = known.loopback;
    interface.isVirtual = known.isVirtual;
}

NetworkReader::NetworkReader(Roots roots) : m_state(std::make_unique<State>(roots)) {}

NetworkReader::~NetworkReader() = default;

Result<NetworkReading> NetworkReader::read()
{
    NetworkReading reading;
    auto text = m_state->devices.read();
    if (!text && m_state->devices.path() != m_state->ownDevices.path()) {
        reading.warnings.push_back(text.error().message + "; listing the interfaces that the agent itself sees");
        text = m_state->ownDevices.read();
    }
    auto devices = text.and_then(parse::parseNetDev);
    if (!devices)
        return tl::unexpected(devices.error());
    if (devices->broken > 0)
        reading.warnings.push_back(
            std::to_string(devices->broken) + " lines of /proc/net/dev do not follow its format");
    reading.interfaces = std::move(devices->interfaces);
    for (NetworkInterface& interface : reading.interfaces)
        m_state->complete(interface);
    if (m_state->facts.size() > reading.interfaces.size()) // interfaces went; the next ones of that name are others
        std::erase_if(m_state->facts, [&reading](const auto& known) {
            return std::ranges::none_of(reading.interfaces,
                [&known](const NetworkInterface& interface) { return interface.name == known.first; });
        });
    return reading;
}

} // namespace sextant::platform
