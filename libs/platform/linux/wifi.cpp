// SPDX-License-Identifier: GPL-3.0-or-later
// By nl80211. Drivers that know only the wireless extensions before it (2007) are not read: /proc/net/wireless has
// neither the network's name nor the rates.
#include "platform/wifi.h"

#include "platform/linux/netlink_socket.h"
#include "platform/linux/nl80211_links.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace sextant::platform {
namespace {

/// The kernel makes this folder with the first radio's driver, and puts a link into it for each radio.
bool hasRadio(const std::string& sys)
{
    std::error_code error;
    const std::filesystem::directory_iterator radio(sys + "/class/ieee80211", error);
    return !error && radio != std::filesystem::directory_iterator();
}

} // namespace

struct WifiReader::State {
    std::string sys;
};

WifiReader::WifiReader(Roots roots) : m_state(new State{std::move(roots.sys)}) {}

WifiReader::~WifiReader() = default;

Result<WifiReading> WifiReader::read()
{
    if (!hasRadio(m_state->sys))
        return fail(ErrorCode::NotAvailable, "this machine has no wireless interface");
    auto socket = NetlinkSocket::open();
    if (!socket)
        return tl::unexpected(socket.error());
    return readLinks([&socket](const parse::NetlinkRequest& request) { return socket->exchange(request); });
}

} // namespace sextant::platform
