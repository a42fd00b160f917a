// SPDX-License-Identifier: GPL-3.0-or-later
// Links by nl80211: a kernel made by hand, with messages as <linux/nl80211.h> has them, and the real one as far as a
// machine without a radio has something to tell.
#include "made_netlink.h"
#include "made_sys.h"
#include "platform/linux/netlink_socket.h"
#include "platform/linux/nl80211_links.h"
#include "platform/parse/nl80211.h"
#include "platform/wifi.h"

#include <QTest>

#include <linux/genetlink.h>
#include <linux/nl80211.h>

#include <cerrno>
#include <map>
#include <utility>

using namespace sextant;
using namespace sextant::platform;

namespace {

constexpr std::uint16_t kFamily = 0x1c;

std::string_view withNul(const char* text)
{
    return {text, std::strlen(text) + 1};
}

MadeAttributes interfaceMessage(std::uint32_t index, const char* name, std::uint32_t type = NL80211_IFTYPE_STATION)
{
    MadeAttributes attributes;
    attributes.add(NL80211_ATTR_IFINDEX, index).add(NL80211_ATTR_IFNAME, withNul(name)).add(NL80211_ATTR_IFTYPE, type);
    attributes.add<std::uint64_t>(NL80211_ATTR_WDEV, index).add<std::uint32_t>(NL80211_ATTR_WIPHY, 0);
    return attributes;
}

MadeAttributes joined(MadeAttributes interface)
{
    interface.add(NL80211_ATTR_SSID, std::string_view("office"));
    interface.add<std::uint32_t>(NL80211_ATTR_WIPHY_FREQ, 5'180);
    return interface;
}

MadeAttributes rate(std::uint32_t units)
{
    MadeAttributes rate;
    rate.add(NL80211_RATE_INFO_BITRATE, static_cast<std::uint16_t>(units)).add(NL80211_RATE_INFO_BITRATE32, units);
    return rate;
}

MadeAttributes flags(std::uint32_t told, std::uint32_t set)
{
    MadeAttributes flags;
    flags.add<std::uint64_t>(NL80211_STA_INFO_STA_FLAGS, told | std::uint64_t{set} << 32U);
    return flags;
}

/// What a client's access point is told as, the way mac80211 does.
MadeAttributes accessPoint()
{
    MadeAttributes station =
        flags(1U << NL80211_STA_FLAG_ASSOCIATED | 1U << NL80211_STA_FLAG_TDLS_PEER, 1U << NL80211_STA_FLAG_ASSOCIATED);
    station.add<std::int8_t>(NL80211_STA_INFO_SIGNAL, -58).add<std::int8_t>(NL80211_STA_INFO_SIGNAL_AVG, -60);
    station.add(NL80211_STA_INFO_TX_BITRATE, rate(8'667)).add(NL80211_STA_INFO_RX_BITRATE, rate(7'800));
    station.add<std::uint32_t>(NL80211_STA_INFO_TX_RETRIES, 912).add<std::uint32_t>(NL80211_STA_INFO_TX_FAILED, 4);
    station.add<std::uint32_t>(NL80211_STA_INFO_BEACON_LOSS, 2);
    station.add<std::uint32_t>(NL80211_STA_INFO_CONNECTED_TIME, 3'723);
    return station;
}

MadeAttributes stationMessage(const MadeAttributes& station)
{
    MadeAttributes message;
    message.add<std::uint32_t>(NL80211_ATTR_IFINDEX, 3);
    return message.add(NL80211_ATTR_STA_INFO, station);
}

MadeAttributes surveyMessage(std::uint32_t megahertz, std::int8_t noise, bool inUse)
{
    MadeAttributes survey;
    survey.add(NL80211_SURVEY_INFO_FREQUENCY, megahertz).add(NL80211_SURVEY_INFO_NOISE, noise);
    if (inUse)
        survey.add(NL80211_SURVEY_INFO_IN_USE, std::string_view());
    MadeAttributes message;
    return message.add(NL80211_ATTR_SURVEY_INFO, survey);
}

/// Answers by command and interface; what it was not told about it does not have.
class MadeKernel {
public:
    struct Reply {
        std::vector<MadeAttributes> messages{};
        int error = 0;
    };
    std::map<std::pair<int, std::uint32_t>, Reply> replies; ///< of nl80211
    bool hasFamily = true;
    int asked = 0;

    Result<parse::NetlinkAnswer> answer(const parse::NetlinkRequest& request)
    {
        ++asked;
        const std::vector<std::byte> bytes = request.bytes();
        const auto attributes = std::span(bytes).subspan(20);
        parse::NetlinkAnswer answer(request.sequence);
        MadeDatagram datagram;
        if (request.family == GENL_ID_CTRL) {
            const auto name = parse::attributeOf(attributes, CTRL_ATTR_FAMILY_NAME);
            MadeAttributes family;
            family.add<std::uint16_t>(CTRL_ATTR_FAMILY_ID, kFamily);
            if (hasFamily && name && parse::textAt(*name, 0, name->size()) == "nl80211")
                datagram.message(GENL_ID_CTRL, 0, request.sequence, family);
            else
                datagram.end(NLMSG_ERROR, request.sequence, ENOENT);
        } else {
            const auto index = parse::numberOf<std::uint32_t>(attributes, NL80211_ATTR_IFINDEX).value_or(0);
            const auto found = replies.find({request.command, index});
            const Reply reply = found == replies.end() ? Reply{{}, ENODEV} : found->second;
            for (const MadeAttributes& message : reply.messages)
                datagram.message(kFamily, NLM_F_MULTI, request.sequence, message);
            datagram.end(reply.error != 0 ? NLMSG_ERROR : NLMSG_DONE, request.sequence, reply.error);
        }
        return answer.take(datagram.bytes()).map([&answer](bool) { return answer; });
    }
    Result<WifiReading> read()
    {
        return readLinks([this](const parse::NetlinkRequest& request) { return answer(request); });
    }
};

/// One radio with a client that joined a network, an access point of its own and what has no interface.
MadeKernel madeLaptop()
{
    MadeKernel kernel;
    MadeAttributes noInterface;
    noInterface.add<std::uint32_t>(NL80211_ATTR_IFTYPE, NL80211_IFTYPE_P2P_DEVICE);
    kernel.replies[{NL80211_CMD_GET_INTERFACE, 0}] = {
        {joined(interfaceMessage(3, "wlan0")), joined(interfaceMessage(4, "ap0", NL80211_IFTYPE_AP)), noInterface}};
    MadeAttributes peer = flags(1U << NL80211_STA_FLAG_TDLS_PEER, 1U << NL80211_STA_FLAG_TDLS_PEER);
    peer.add<std::int8_t>(NL80211_STA_INFO_SIGNAL, -30);
    kernel.replies[{NL80211_CMD_GET_STATION, 3}] = {{stationMessage(peer), stationMessage(accessPoint())}};
    kernel.replies[{NL80211_CMD_GET_SURVEY, 3}] = {
        {surveyMessage(2'412, -90, false), surveyMessage(5'180, -95, true), surveyMessage(5'200, -91, false)}};
    return kernel;
}

} // namespace

class LinuxWifiTest : public QObject {
    Q_OBJECT

private slots:
    void everyFact()
    {
        const auto reading = madeLaptop().read();
        QVERIFY(reading && reading->warnings.empty());
        WifiLink expected;
        expected.interfaceName = "wlan0";
        expected.ssid = "office";
        expected.signalDbm = -58;
        expected.noiseDbm = -95;
        expected.frequencyHertz = 5'180'000'000;
        expected.receiveBytesPerSecond = 97'500'000;
        expected.transmitBytesPerSecond = 108'337'500;
        expected.transmitRetries = 912;
        expected.transmitFailures = 4;
        expected.beaconLosses = 2;
        expected.connected = std::chrono::seconds(3'723);
        QCOMPARE(reading->links, std::vector{expected});
    }

    void whatTheDriverDoesNotTellIsAbsent()
    {
        MadeKernel kernel = madeLaptop();
        MadeAttributes station;                                // as an old fullmac driver does
        station.add<std::int8_t>(NL80211_STA_INFO_SIGNAL, 70); // in a unit of its own
        MadeAttributes narrow;
        narrow.add<std::uint16_t>(NL80211_RATE_INFO_BITRATE, 650);
        station.add(NL80211_STA_INFO_TX_BITRATE, narrow).add(NL80211_STA_INFO_RX_BITRATE, rate(0));
        kernel.replies[{NL80211_CMD_GET_STATION, 3}] = {{stationMessage(station)}};
        kernel.replies[{NL80211_CMD_GET_SURVEY, 3}] = {{}, EOPNOTSUPP};
        const auto reading = kernel.read();
        QVERIFY(reading && reading->warnings.empty() && reading->links.size() == 1);
        const WifiLink& link = reading->links[0];
        QVERIFY(!link.signalDbm && !link.noiseDbm && !link.receiveBytesPerSecond && !link.transmitRetries);
        QVERIFY(!link.beaconLosses && !link.connected);
        QCOMPARE(link.transmitBytesPerSecond, std::optional<std::uint64_t>(8'125'000));
        MadeAttributes average;
        average.add<std::int8_t>(NL80211_STA_INFO_SIGNAL_AVG, -61);
        kernel.replies[{NL80211_CMD_GET_STATION, 3}] = {{stationMessage(average)}};
        QCOMPARE(kernel.read()->links.at(0).signalDbm, std::optional(-61.0));
    }

    void whatIsNotConnectedHasNoLink()
    {
        MadeKernel kernel = madeLaptop();
        kernel.replies[{NL80211_CMD_GET_INTERFACE, 0}] = {{interfaceMessage(3, "wlan0")}};
        kernel.replies[{NL80211_CMD_GET_STATION, 3}] = {{}};
        QVERIFY(kernel.read() && kernel.read()->links.empty() && kernel.read()->warnings.empty());
        kernel.replies[{NL80211_CMD_GET_STATION, 3}] = {
            {stationMessage(flags(1U << NL80211_STA_FLAG_ASSOCIATED, 0))}}; // it is still joining
        QVERIFY(kernel.read()->links.empty());
        kernel.replies.erase({NL80211_CMD_GET_STATION, 3}); // it was unplugged in the meantime
        QVERIFY(kernel.read()->links.empty() && kernel.read()->warnings.empty());
    }

    void whatFailsIsSaid()
    {
        MadeKernel kernel = madeLaptop();
        kernel.replies[{NL80211_CMD_GET_SURVEY, 3}] = {{}, EIO};
        QCOMPARE(kernel.read()->links.size(), std::size_t(1));
        QCOMPARE(kernel.read()->warnings.size(), std::size_t(1));
        QVERIFY(kernel.read()->warnings[0].find("the channels of wlan0") != std::string::npos);
        kernel.replies[{NL80211_CMD_GET_STATION, 3}] = {{}, EIO};
        QVERIFY(kernel.read()->links.empty() && kernel.read()->warnings.size() == 1);
        kernel.replies[{NL80211_CMD_GET_INTERFACE, 0}] = {{}, EPERM};
        QCOMPARE(kernel.read().error().code, ErrorCode::Denied);
    }

    void withoutAnInterfaceNothingElseIsAsked()
    {
        MadeKernel none;
        none.replies[{NL80211_CMD_GET_INTERFACE, 0}] = {};
        QCOMPARE(none.read().error().code, ErrorCode::NotAvailable);
        QCOMPARE(none.asked, 2);
        none.hasFamily = false;
        none.asked = 0;
        QCOMPARE(none.read().error().code, ErrorCode::NotAvailable);
        QCOMPARE(none.asked, 1);
    }

    void interfacesHaveALimit()
    {
        MadeKernel kernel;
        auto& interfaces = kernel.replies[{NL80211_CMD_GET_INTERFACE, 0}];
        for (std::uint32_t i = 1; i <= kMaxWireless; ++i) {
            interfaces.messages.push_back(joined(interfaceMessage(i, ("wlan" + std::to_string(i)).c_str())));
            kernel.replies[{NL80211_CMD_GET_STATION, i}] = {{stationMessage(accessPoint())}};
        }
        QCOMPARE(kernel.read()->links.size(), kMaxWireless);
        QVERIFY(kernel.read()->warnings.empty());
        interfaces.messages.push_back(joined(interfaceMessage(kMaxWireless + 1, "wlan65")));
        QCOMPARE(kernel.read()->links.size(), kMaxWireless);
        QCOMPARE(kernel.read()->warnings.size(), std::size_t(1));
    }

    void frequenciesBelowAMegahertz()
    {
        MadeAttributes halow = interfaceMessage(3, "wlan0"); // 802.11ah
        halow.add<std::uint32_t>(NL80211_ATTR_WIPHY_FREQ, 902).add<std::uint32_t>(NL80211_ATTR_WIPHY_FREQ_OFFSET, 500);
        QCOMPARE(parse::parseWirelessInterface(halow.bytes())->link.frequencyHertz,
            std::optional<std::uint64_t>(902'500'000));
    }

    void theRealKernelAnswers()
    {
        auto socket = NetlinkSocket::open();
        QVERIFY(socket);
        const auto family = [&socket](const char* name, std::uint32_t sequence) {
            const std::string_view text = withNul(name);
            return socket->exchange({GENL_ID_CTRL, CTRL_CMD_GETFAMILY, false, sequence,
                {{CTRL_ATTR_FAMILY_NAME, std::as_bytes(std::span(text))}}});
        };
        const auto controller = family("nlctrl", 1);
        QVERIFY(controller && controller->error() == 0 && controller->messages().size() == 1);
        QCOMPARE(parse::numberOf<std::uint16_t>(controller->messages()[0], CTRL_ATTR_FAMILY_ID),
            std::optional<std::uint16_t>(GENL_ID_CTRL));
        QCOMPARE(family("no_such_thing", 2)->error(), ENOENT);
        const auto all = socket->exchange({GENL_ID_CTRL, CTRL_CMD_GETFAMILY, true, 3, {}});
        QVERIFY(all && all->error() == 0 && !all->messages().empty());
        for (const auto& message : all->messages())
            QVERIFY(parse::attributeOf(message, CTRL_ATTR_FAMILY_NAME));
    }

    void aMachineWithoutARadioIsNotAsked()
    {
        MadeSys sys;
        WifiReader reader(sys.roots());
        QCOMPARE(reader.read().error().message, std::string("this machine has no wireless interface"));
        sys.link("class/ieee80211/phy0", "devices/pci0000:00/0000:00:14.3/ieee80211/phy0");
        const auto reading = reader.read(); // of this machine's kernel, whatever it has
        QVERIFY(reading || reading.error().code == ErrorCode::NotAvailable);
        QVERIFY(reading || reading.error().message != "this machine has no wireless interface");
    }
};

QTEST_GUILESS_MAIN(LinuxWifiTest)
#include "wifi_test.moc"
