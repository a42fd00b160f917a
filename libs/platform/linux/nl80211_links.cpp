// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/linux/nl80211_links.h"

#include "platform/linux/kernel_file.h"
#include "platform/parse/nl80211.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/nl80211.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace sextant::platform {
namespace {

using parse::NetlinkAnswer;
using parse::NetlinkRequest;
using parse::Nl80211;
using Layout = parse::NetlinkLayout;

static_assert(NLMSG_HDRLEN == Layout::kHeader && GENL_HDRLEN == Layout::kGenericHeader);
static_assert(sizeof(nlattr) == Layout::kAttributeHeader && NLA_ALIGNTO == Layout::kAlignment);
static_assert(NLMSG_ERROR == Layout::kError && NLMSG_DONE == Layout::kDone && NLMSG_OVERRUN == Layout::kOverrun);
static_assert(NLMSG_MIN_TYPE == Layout::kFirstFamily && GENL_ID_CTRL == Layout::kController);
static_assert(NLM_F_REQUEST == Layout::kRequest && NLM_F_MULTI == Layout::kMulti && NLM_F_DUMP == Layout::kDump);
static_assert((NLA_TYPE_MASK & 0xffff) == Layout::kTypeMask && CTRL_CMD_GETFAMILY == Layout::kGetFamily);
static_assert(CTRL_ATTR_FAMILY_ID == Layout::kFamilyId && CTRL_ATTR_FAMILY_NAME == Layout::kFamilyName);
static_assert(NL80211_CMD_GET_INTERFACE == Nl80211::kGetInterface && NL80211_CMD_GET_STATION == Nl80211::kGetStation);
static_assert(NL80211_CMD_GET_SURVEY == Nl80211::kGetSurvey && NL80211_ATTR_IFINDEX == Nl80211::kIndex);
static_assert(NL80211_ATTR_IFNAME == Nl80211::kName && NL80211_ATTR_IFTYPE == Nl80211::kType);
static_assert(NL80211_ATTR_STA_INFO == Nl80211::kStation && NL80211_ATTR_WIPHY_FREQ == Nl80211::kFrequency);
static_assert(NL80211_ATTR_SSID == Nl80211::kSsid && NL80211_ATTR_SURVEY_INFO == Nl80211::kSurvey);
static_assert(NL80211_ATTR_WIPHY_FREQ_OFFSET == Nl80211::kFrequencyOffset);
static_assert(NL80211_STA_INFO_SIGNAL == Nl80211::kSignal && NL80211_STA_INFO_TX_BITRATE == Nl80211::kTransmitRate);
static_assert(NL80211_STA_INFO_TX_RETRIES == Nl80211::kTransmitRetries);
static_assert(NL80211_STA_INFO_TX_FAILED == Nl80211::kTransmitFailed);
static_assert(NL80211_STA_INFO_SIGNAL_AVG == Nl80211::kSignalAverage);
static_assert(NL80211_STA_INFO_RX_BITRATE == Nl80211::kReceiveRate);
static_assert(NL80211_STA_INFO_CONNECTED_TIME == Nl80211::kConnectedTime);
static_assert(NL80211_STA_INFO_STA_FLAGS == Nl80211::kFlags && NL80211_STA_INFO_BEACON_LOSS == Nl80211::kBeaconLoss);
static_assert(NL80211_RATE_INFO_BITRATE == Nl80211::kRate16 && NL80211_RATE_INFO_BITRATE32 == Nl80211::kRate32);
static_assert(NL80211_SURVEY_INFO_NOISE == Nl80211::kNoise && NL80211_SURVEY_INFO_IN_USE == Nl80211::kInUse);
static_assert(NL80211_IFTYPE_STATION == Nl80211::kClient && NL80211_IFTYPE_P2P_CLIENT == Nl80211::kDirectClient);
static_assert(NL80211_STA_FLAG_TDLS_PEER == Nl80211::kPeerFlag);
static_assert(NL80211_STA_FLAG_ASSOCIATED == Nl80211::kAssociatedFlag);
static_assert(sizeof(nl80211_sta_flag_update) == 2 * sizeof(std::uint32_t));

/// Asks one after the other: each question has its own number, by which late answers to those before are told.
class Questions {
public:
    explicit Questions(const NetlinkExchange& exchange) : m_exchange(exchange) {}

    /// An answer that is no refusal. `what` names it in errors.
    Result<NetlinkAnswer> ask(NetlinkRequest request, const std::string& what)
    {
        request.sequence = ++m_sequence;
        auto answer = m_exchange(request);
        if (!answer)
            return tl::unexpected(Error{answer.error().code, "cannot read " + what + ": " + answer.error().message});
        if (answer->error() != 0)
            return tl::unexpected(errorFor(answer->error(), what));
        return answer;
    }

    /// All messages about one interface.
    Result<NetlinkAnswer> ask(
        std::uint16_t family, std::uint8_t command, const parse::WirelessInterface& of, const std::string& what)
    {
        const auto index = std::as_bytes(std::span(&of.index, 1));
        return ask({family, command, true, 0, {{Nl80211::kIndex, index}}}, what + " of " + of.link.interfaceName);
    }

private:
    const NetlinkExchange& m_exchange;
    std::uint32_t m_sequence = 0;
};

/// What an interface that went in the meantime, or a driver that does not tell, answers.
bool isNoLoss(ErrorCode code)
{
    return code == ErrorCode::NotFound || code == ErrorCode::NotAvailable;
}

/// Fills the link of a client in; false when it has not joined a network.
bool complete(Questions& questions, std::uint16_t family, parse::WirelessInterface& interface, WifiReading& reading)
{
    const auto stations = questions.ask(family, Nl80211::kGetStation, interface, "the access point");
    if (!stations) {
        if (!isNoLoss(stations.error().code))
            reading.warnings.push_back(stations.error().message);
        return false;
    }
    if (std::ranges::none_of(stations->messages(),
            [&interface](const auto& message) { return parse::parseAccessPoint(message, interface.link); }))
        return false;
    const auto channels = questions.ask(family, Nl80211::kGetSurvey, interface, "the channels");
    if (!channels) {
        if (!isNoLoss(channels.error().code))
            reading.warnings.push_back(channels.error().message);
        return true;
    }
    for (const auto& message : channels->messages()) {
        if (const auto noise = parse::parseChannelNoise(message))
            interface.link.noiseDbm = noise;
    }
    return true;
}

Result<std::uint16_t> findFamily(Questions& questions, const std::string& name)
{
    const auto text = std::as_bytes(std::span(name.c_str(), name.size() + 1));
    const auto answer =
        questions.ask({Layout::kController, Layout::kGetFamily, false, 0, {{Layout::kFamilyName, text}}}, name);
    if (!answer)
        return tl::unexpected(isNoLoss(answer.error().code)
                                  ? Error{ErrorCode::NotAvailable, "this kernel has no " + name + " now"}
                                  : answer.error());
    for (const auto& message : answer->messages()) {
        if (const auto number = parse::numberOf<std::uint16_t>(message, Layout::kFamilyId))
            return *number;
    }
    return fail(ErrorCode::Malformed, "the kernel does not tell the number of " + name);
}

} // namespace

Result<WifiReading> readLinks(const NetlinkExchange& exchange)
{
    Questions questions(exchange);
    const auto family = findFamily(questions, NL80211_GENL_NAME);
    if (!family)
        return tl::unexpected(family.error());
    const auto interfaces = questions.ask({*family, Nl80211::kGetInterface, true, 0, {}}, "the wireless interfaces");
    if (!interfaces)
        return tl::unexpected(interfaces.error());
    WifiReading reading;
    std::size_t found = 0;
    for (const auto& message : interfaces->messages()) {
        auto interface = parse::parseWirelessInterface(message);
        if (!interface || ++found > kMaxWireless || !interface->isClient)
            continue;
        if (complete(questions, *family, *interface, reading))
            reading.links.push_back(std::move(interface->link));
    }
    if (found == 0)
        return fail(ErrorCode::NotAvailable, "the agent's network has no wireless interface");
    if (found > kMaxWireless)
        reading.warnings.push_back("only the first " + std::to_string(kMaxWireless) + " of " + std::to_string(found) +
                                   " wireless interfaces are read");
    std::ranges::sort(reading.links, {}, &WifiLink::interfaceName);
    return reading;
}

} // namespace sextant::platform
