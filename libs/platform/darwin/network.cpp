// SPDX-License-Identifier: GPL-3.0-or-later
// NET_RT_IFLIST2 lists the interfaces, and leaves two things out. It gives programs that are not Apple's the counts of
// bytes in 32 bits, rounded down to 1,024 (ALIGN_BYTES in XNU's bsd/net/rtsock.c): ifmib(4) gives them whole. And an
// interface keeps IFF_RUNNING while its cable is pulled: its driver tells of the link, asked as ifconfig(8) asks.
#include "platform/network.h"

#include "platform/bsd/interface_list.h"
#include "platform/bsd/sysctl.h"
#include "platform/parse/bsd_interfaces.h"

#include <fcntl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace sextant::platform {
namespace {

/// net.link.generic.ifdata.<index>.general. NotFound for an interface that went meanwhile.
Result<void> readCounters(NetworkInterface& interface)
{
    constexpr int kGeneric = 0, kInterfaceData = 2, kGeneral = 1; // <net/if_mib.h>, which only Apple's SDK has
    const unsigned index = ::if_nametoindex(interface.name.c_str());
    if (index == 0)
        return fail(ErrorCode::NotFound, "there is no " + interface.name);
    const std::array<int, 6> path{CTL_NET, PF_LINK, kGeneric, kInterfaceData, static_cast<int>(index), kGeneral};
    return sysctlBytes(path, "the counters of " + interface.name)
        .and_then([&interface](
                      const std::vector<std::byte>& bytes) { return parse::applyInterfaceCounters(bytes, interface); });
}

} // namespace

struct NetworkReader::State {
    State() { ::fcntl(socket, F_SETFD, FD_CLOEXEC); }
    ~State()
    {
        if (socket >= 0)
            ::close(socket);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    /// Interfaces that have no such thing (loopback, tunnels) refuse: their flags are all there is.
    void readLink(NetworkInterface& interface) const
    {
        ifmediareq request{};
        interface.name.copy(request.ifm_name, sizeof(request.ifm_name) - 1);
        if (::ioctl(socket, SIOCGIFMEDIA, &request) == 0)
            parse::applyMediaStatus(request.ifm_status, interface);
    }

    const int socket = ::socket(AF_INET, SOCK_DGRAM, 0); ///< to ask by, never connected
};

NetworkReader::NetworkReader(Roots) : m_state(std::make_unique<State>()) {}

NetworkReader::~NetworkReader() = default;

/// An interface whose counters cannot be had is left out: half a count would look like a jump when the whole one is
/// back.
Result<NetworkReading> NetworkReader::read()
{
    auto interfaces = readInterfaceList();
    if (!interfaces)
        return tl::unexpected(interfaces.error());
    NetworkReading reading;
    for (NetworkInterface& interface : *interfaces) {
        if (const auto counted = readCounters(interface); !counted) {
            if (counted.error().code != ErrorCode::NotFound)
                reading.warnings.push_back(counted.error().message);
            continue;
        }
        m_state->readLink(interface);
        reading.interfaces.push_back(std::move(interface));
    }
    return reading;
}

} // namespace sextant::platform
