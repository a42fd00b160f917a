// SPDX-License-Identifier: GPL-3.0-or-later
// net80211(4) and its ioctl, SIOCG80211.
#include "platform/wifi.h"

#include "platform/bsd/sysctl.h"
#include "platform/parse/freebsd_wifi.h"
#include "platform/parse/ssid.h"

#include <ifaddrs.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net80211/ieee80211_ioctl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <set>
#include <span>
#include <utility>

namespace sextant::platform {
namespace {

struct CloseAtEnd {
    explicit CloseAtEnd(int number) : socket(number) {}
    ~CloseAtEnd()
    {
        if (socket >= 0)
            ::close(socket);
    }
    CloseAtEnd(const CloseAtEnd&) = delete;
    CloseAtEnd& operator=(const CloseAtEnd&) = delete;

    int socket;
};

/// Asks net80211 for one thing of an interface; how many bytes came, or -1 with errno.
int ask(int socket, const std::string& interface, std::uint16_t what, std::int16_t value, std::span<std::byte> into)
{
    ieee80211req request{};
    interface.copy(request.i_name, sizeof(request.i_name) - 1);
    request.i_type = what;
    request.i_val = value;
    request.i_len = static_cast<std::uint16_t>(into.size());
    request.i_data = into.data();
    return ::ioctl(socket, SIOCG80211, &request) < 0 ? -1 : request.i_len;
}

Result<std::set<std::string>> interfaceNames()
{
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0)
        return tl::unexpected(errorFor(errno, "the list of interfaces"));
    std::set<std::string> names;
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next)
        names.insert(entry->ifa_name);
    ::freeifaddrs(list);
    return names;
}

/// The link of an interface; nothing when it is not wireless, is no client or has not joined a network.
Result<std::optional<WifiLink>> readLink(int socket, const std::string& interface)
{
    constexpr std::int16_t kCurrent = -1;
    std::array<std::byte, IEEE80211_NWID_LEN + 1> name{};
    const int nameSize = ask(socket, interface, IEEE80211_IOC_SSID, kCurrent, name);
    if (nameSize < 0)
        return std::optional<WifiLink>(); // another kind of interface refuses
    std::array<std::byte, IEEE80211_ADDR_LEN> accessPoint{};
    if (ask(socket, interface, IEEE80211_IOC_BSSID, 0, accessPoint) < 0)
        return tl::unexpected(errorFor(errno, "the access point of " + interface));
    // The address that is asked for, and behind it the room for the answer with its information elements.
    constexpr std::size_t kInfo = offsetof(ieee80211req_sta_req, info), kRoom = 4'096;
    alignas(ieee80211req_sta_req) std::array<std::byte, kRoom> station{};
    std::ranges::copy(accessPoint, station.begin());
    if (ask(socket, interface, IEEE80211_IOC_STA_INFO, 0, station) < 0) {
        if (errno == ENOENT || errno == EINVAL) // no such access point: it looks for one
            return std::optional<WifiLink>();
        return tl::unexpected(errorFor(errno, "the link of " + interface));
    }
    WifiLink link;
    link.interfaceName = interface;
    link.ssid = parse::ssidText(std::span(name).first(std::min<std::size_t>(name.size(), std::size_t(nameSize))));
    const auto joined = parse::parseStationInfo(std::span(station).subspan(kInfo), link);
    if (!joined)
        return tl::unexpected(joined.error());
    return *joined ? std::optional(std::move(link)) : std::nullopt;
}

} // namespace

struct WifiReader::State {};

WifiReader::WifiReader(Roots) {}

WifiReader::~WifiReader() = default;

Result<WifiReading> WifiReader::read()
{
    const auto radios = sysctlText("net.wlan.devices");
    if (!radios || radios->empty())
        return fail(ErrorCode::NotAvailable, "this machine has no wireless interface");
    const CloseAtEnd any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (any.socket < 0)
        return tl::unexpected(errorFor(errno, "the wireless interfaces"));
    const auto names = interfaceNames();
    if (!names)
        return tl::unexpected(names.error());
    WifiReading reading;
    for (const std::string& name : *names) {
        auto link = readLink(any.socket, name);
        if (link && *link)
            reading.links.push_back(std::move(**link));
        else if (!link)
            reading.warnings.push_back(link.error().message);
    }
    return reading;
}

} // namespace sextant::platform
