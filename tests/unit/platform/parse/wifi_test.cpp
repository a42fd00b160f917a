// SPDX-License-Identifier: GPL-3.0-or-later
// Names of networks, and what FreeBSD and Windows say of their links, in structures made by hand from the systems'
// headers. Linux' messages: linux/wifi_test.cpp.
#include "parse/raw_structure.h"
#include "platform/parse/freebsd_wifi.h"
#include "platform/parse/ssid.h"
#include "platform/parse/windows_wifi.h"

#include <QTest>

#include <algorithm>

using namespace sextant;
using namespace sextant::platform;
using parse::Guid;

namespace {

std::string ssid(std::string_view bytes)
{
    return parse::ssidText(std::as_bytes(std::span(bytes)));
}

/// struct ieee80211req_sta_info.
RawStructure station()
{
    RawStructure bytes(192);
    bytes.put<std::uint16_t>(0, 180).put<std::uint16_t>(6, 5'180).put<std::int8_t>(17, 67).put<std::int8_t>(18, -96);
    return bytes.put<std::uint16_t>(44, 0xc001).put<std::uint16_t>(120, 260);
}

constexpr std::size_t kInterfaceSize = 532;

RawStructure interfaceList(const std::vector<std::uint32_t>& states)
{
    RawStructure bytes(8 + states.size() * kInterfaceSize);
    bytes.put(0, static_cast<std::uint32_t>(states.size()));
    for (std::size_t i = 0; i < states.size(); ++i) {
        const std::size_t row = 8 + i * kInterfaceSize;
        bytes.put(row, static_cast<std::uint8_t>(i + 1)).put(row + 528, states[i]);
        bytes.put(row + 16, u'A').put(row + 18, u'X').put(row + 20, static_cast<char16_t>(u'0' + i));
    }
    return bytes;
}

/// WLAN_CONNECTION_ATTRIBUTES.
RawStructure madeConnection(std::uint32_t state = 1)
{
    RawStructure bytes(604);
    bytes.put(0, state).put<std::uint32_t>(520, 6).text(524, "office").text(560, "\x02\x11\x22\x33\x44\x55");
    return bytes.put<std::uint32_t>(576, 88).put<std::uint32_t>(580, 866'700).put<std::uint32_t>(584, 780'000);
}

/// WLAN_BSS_LIST with two access points.
RawStructure madeAccessPoints()
{
    constexpr std::size_t kRow = 360;
    RawStructure bytes(8 + 2 * kRow + 100); // and their information elements
    bytes.put<std::uint32_t>(0, 8 + 2 * kRow + 100).put<std::uint32_t>(4, 2);
    bytes.text(8 + 40, "\x02\x11\x22\x33\x44\x54").put<std::uint32_t>(8 + 92, 2'412'000);
    return bytes.text(8 + kRow + 40, "\x02\x11\x22\x33\x44\x55").put<std::uint32_t>(8 + kRow + 92, 5'955'000);
}

parse::MacAddress address(char last)
{
    constexpr std::string_view kFirst = "\x02\x11\x22\x33\x44";
    parse::MacAddress bytes{};
    std::ranges::copy(std::as_bytes(std::span(kFirst)), bytes.begin());
    bytes.back() = static_cast<std::byte>(last);
    return bytes;
}

std::vector<std::byte> copyOf(const RawStructure& structure)
{
    return {structure.bytes().begin(), structure.bytes().end()};
}

/// A Windows with two wireless interfaces, of which tests change what each question gives.
class FakeWindows : public parse::WlanQuestions {
public:
    Result<std::vector<std::byte>> list = copyOf(interfaceList({1, 4}));
    Result<std::vector<std::byte>> link = copyOf(madeConnection());
    Result<std::vector<std::byte>> rssi = copyOf(RawStructure(4).put<std::int32_t>(0, -57));
    Result<std::vector<std::byte>> stations = copyOf(madeAccessPoints());
    std::string name = "Wi-Fi";
    std::vector<Guid> asked;

    Result<std::vector<std::byte>> interfaces() override { return list; }
    Result<std::vector<std::byte>> connection(const Guid& interface) override
    {
        asked.push_back(interface);
        return link;
    }
    Result<std::vector<std::byte>> signal(const Guid&) override { return rssi; }
    Result<std::vector<std::byte>> accessPoints(const Guid&) override { return stations; }
    std::string alias(const Guid&) override { return name; }
};

} // namespace

class WifiTest : public QObject {
    Q_OBJECT

private slots:
    void namesOfNetworks()
    {
        QCOMPARE(ssid("Caf\xc3\xa9 \xf0\x9f\x93\xb6"), std::string("Caf\xc3\xa9 \xf0\x9f\x93\xb6"));
        QCOMPARE(ssid(R"(a\b)"), std::string(R"(a\b)"));
        QCOMPARE(ssid("caf\xe9\\"), std::string(R"(caf\xe9\x5c)")); // no UTF-8: Latin-1, most likely
        QCOMPARE(ssid(std::string_view("a\0b", 3)), std::string(R"(a\x00b)"));
        QCOMPARE(ssid("a\nb"), std::string(R"(a\x0ab)"));
        QCOMPARE(ssid("\xc2\x85"), std::string(R"(\xc2\x85)")); // a control character in UTF-8
        QCOMPARE(ssid(""), std::string());
        QCOMPARE(ssid(std::string_view("\0\0\0", 3)), std::string()); // hidden
        QCOMPARE(ssid(std::string(32, 'x')), std::string(32, 'x'));
        QCOMPARE(ssid(std::string(33, 'x')), std::string(32, 'x'));
    }

    void freeBsd()
    {
        WifiLink link;
        QVERIFY(parse::parseStationInfo(station().bytes(), link).value());
        QCOMPARE(link.noiseDbm, std::optional(-96.0));
        QCOMPARE(link.signalDbm, std::optional(-62.5)); // 67 halves above
        QCOMPARE(link.frequencyHertz, std::optional<std::uint64_t>(5'180'000'000));
        QCOMPARE(link.transmitBytesPerSecond, std::optional<std::uint64_t>(16'250'000)); // 130 Mbit/s
        QVERIFY(!link.receiveBytesPerSecond && !link.qualityPercent && !link.transmitRetries && !link.connected);
    }

    void freeBsdThatKnowsLess()
    {
        WifiLink link;
        RawStructure silent = station();
        silent.put<std::int8_t>(18, 0).put<std::uint16_t>(6, 0).put<std::uint16_t>(120, 0);
        QVERIFY(parse::parseStationInfo(silent.bytes(), link).value());
        QCOMPARE(link, WifiLink());
        QCOMPARE(parse::parseStationInfo(station().put<std::uint16_t>(44, 0).bytes(), link).value(), false);
        QCOMPARE(parse::parseStationInfo(station().bytes().first(179), link).error().code, ErrorCode::Malformed);
        QCOMPARE(parse::parseStationInfo(station().put<std::uint16_t>(0, 121).bytes(), link).error().code,
            ErrorCode::Malformed);
        QVERIFY(parse::parseStationInfo(station().put<std::uint16_t>(0, 122).bytes().first(122), link).value());
        QCOMPARE(parse::parseStationInfo({}, link).error().code, ErrorCode::Malformed);
        QCOMPARE(link.signalDbm, std::optional(-62.5));
    }

    void windows()
    {
        FakeWindows system;
        const auto reading = parse::readWlan(system);
        QVERIFY(reading && reading->warnings.empty());
        QCOMPARE(system.asked.size(), std::size_t(1)); // not the one that is disconnected
        QCOMPARE(system.asked[0][0], std::byte{1});
        WifiLink expected;
        expected.interfaceName = "Wi-Fi";
        expected.ssid = "office";
        expected.signalDbm = -57;
        expected.qualityPercent = 88;
        expected.frequencyHertz = 5'955'000'000;
        expected.receiveBytesPerSecond = 108'337'500;
        expected.transmitBytesPerSecond = 97'500'000;
        QCOMPARE(reading->links, std::vector{expected});
    }

    void windowsThatKnowsLess()
    {
        FakeWindows system;
        system.name.clear();
        system.rssi = fail(ErrorCode::Denied, "no");
        system.stations = fail(ErrorCode::Denied, "no");
        system.link = copyOf(madeConnection().put<std::uint32_t>(576, 101).put<std::uint32_t>(580, 0));
        const auto reading = parse::readWlan(system);
        QVERIFY(reading && reading->links.size() == 1);
        const WifiLink& link = reading->links[0];
        QCOMPARE(link.interfaceName, std::string("AX0"));
        QVERIFY(!link.signalDbm && !link.frequencyHertz && !link.qualityPercent && !link.receiveBytesPerSecond);
        QCOMPARE(link.transmitBytesPerSecond, std::optional<std::uint64_t>(97'500'000));
    }

    void windowsWithoutLinks()
    {
        FakeWindows none;
        none.list = copyOf(interfaceList({}));
        QCOMPARE(parse::readWlan(none).error().code, ErrorCode::NotAvailable);
        none.list = fail(ErrorCode::NotAvailable, "the service does not run");
        QCOMPARE(parse::readWlan(none).error().message, std::string("the service does not run"));
        none.list = copyOf(interfaceList({4, 5}));
        QVERIFY(parse::readWlan(none)->links.empty());
        FakeWindows gone; // between the two questions
        gone.link = copyOf(madeConnection(4));
        QVERIFY(parse::readWlan(gone)->links.empty() && parse::readWlan(gone)->warnings.empty());
        FakeWindows broken;
        broken.link = fail(ErrorCode::Io, "the driver is stuck");
        QCOMPARE(parse::readWlan(broken)->warnings, std::vector<std::string>{"AX0: the driver is stuck"});
    }

    void windowsThatWantsConsent()
    {
        FakeWindows system; // Windows 11 24H2
        system.link = fail(ErrorCode::Denied, "cannot read the wireless connection: Access is denied");
        const auto reading = parse::readWlan(system);
        QCOMPARE(reading.error().code, ErrorCode::NotAvailable);
        QVERIFY(reading.error().message.find("location") != std::string::npos);
    }

    void windowsStructuresThatLie()
    {
        std::vector<std::uint32_t> states(parse::kMaxWlanInterfaces, 1);
        QCOMPARE(parse::parseWlanInterfaces(interfaceList(states).bytes())->size(), parse::kMaxWlanInterfaces);
        states.push_back(1);
        QCOMPARE(parse::parseWlanInterfaces(interfaceList(states).bytes()).error().code, ErrorCode::TooLarge);
        QCOMPARE(parse::parseWlanInterfaces(interfaceList({1}).cutBy(1)).error().code, ErrorCode::Malformed);
        QCOMPARE(parse::parseWlanInterfaces({}).error().code, ErrorCode::Malformed);
        QCOMPARE(parse::parseWlanConnection(madeConnection().cutBy(1)).error().code, ErrorCode::Malformed);
        const auto longName =
            parse::parseWlanConnection(madeConnection().put<std::uint32_t>(520, 4'000'000'000).bytes());
        QCOMPARE((*longName)->link.ssid.substr(0, 6), std::string("office")); // and nothing of what is behind its room
        QVERIFY((*longName)->link.ssid.size() <= 6 + 26 * 4);
        QCOMPARE(parse::parseWlanFrequency(madeAccessPoints().cutBy(101), address('\x55')).error().code,
            ErrorCode::Malformed);
        QCOMPARE(
            parse::parseWlanFrequency(madeAccessPoints().put<std::uint32_t>(4, 0xffffffff).bytes(), address('\x55'))
                .error()
                .code,
            ErrorCode::Malformed);
        QCOMPARE(parse::parseWlanFrequency({}, address('\x55')).error().code, ErrorCode::Malformed);
        QVERIFY(!parse::parseWlanFrequency(madeAccessPoints().bytes(), address('\x56')).value());
        for (const std::int32_t odd : {0, 57, -201})
            QVERIFY(!parse::parseWlanSignal(RawStructure(4).put(0, odd).bytes()));
        QCOMPARE(parse::parseWlanSignal(RawStructure(4).put<std::int32_t>(0, -200).bytes()), std::optional(-200.0));
        QVERIFY(!parse::parseWlanSignal(RawStructure(3).bytes()) && !parse::parseWlanSignal({}));
    }
};

QTEST_APPLESS_MAIN(WifiTest)
#include "wifi_test.moc"
