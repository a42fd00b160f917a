// SPDX-License-Identifier: GPL-3.0-or-later
#include "parse/raw_structure.h"
#include "platform/parse/bsd_interfaces.h"

#include <QTest>

using namespace sextant;
using namespace sextant::platform;
using parse::InterfaceLayout;

namespace {

struct Made {
    std::string_view name = "em0";
    int flags = 0x8843; // up, broadcast, running, simplex, multicast
    std::uint8_t type = 0x06;
    std::uint8_t linkState = 2;
};

/// One message as the kernel writes it: header and a sockaddr_dl of 20 bytes.
RawStructure message(const InterfaceLayout& layout, const Made& made)
{
    const std::size_t size = layout.size + 20;
    RawStructure raw(size);
    raw.put<std::uint16_t>(0, static_cast<std::uint16_t>(size)).put<std::uint8_t>(2, 5);
    raw.put<std::uint8_t>(3, static_cast<std::uint8_t>(layout.messageType));
    raw.put<std::int32_t>(layout.flags, made.flags).put<std::uint8_t>(layout.type, made.type);
    if (layout.linkState)
        raw.put<std::uint8_t>(*layout.linkState, made.linkState);
    raw.put<std::uint32_t>(layout.mtu, 1500).put<std::uint64_t>(layout.bitsPerSecond, 1'000'000'000);
    raw.put<std::uint64_t>(layout.receiveBytes, 5'000'000'000).put<std::uint64_t>(layout.receivePackets, 11);
    raw.put<std::uint64_t>(layout.receiveErrors, 12).put<std::uint64_t>(layout.receiveDrops, 13);
    raw.put<std::uint64_t>(layout.transmitBytes, 6'000'000'000).put<std::uint64_t>(layout.transmitPackets, 21);
    raw.put<std::uint64_t>(layout.transmitErrors, 22).put<std::uint32_t>(layout.transmitDrops, 23);
    raw.put<std::uint8_t>(layout.size, 20).put<std::uint8_t>(layout.size + 1, 18); // sdl_len, AF_LINK
    raw.put<std::uint8_t>(layout.size + 5, static_cast<std::uint8_t>(made.name.size()));
    return raw.text(layout.size + 8, made.name);
}

/// An address of the interface before it: another type, shorter.
RawStructure addressMessage()
{
    RawStructure raw(36);
    return raw.put<std::uint16_t>(0, 36).put<std::uint8_t>(2, 5).put<std::uint8_t>(3, 0x0c);
}

} // namespace

class BsdInterfacesTest : public QObject {
    Q_OBJECT

private slots:
    void everyCounterIsRead_data()
    {
        QTest::addColumn<bool>("darwin");
        QTest::newRow("FreeBSD") << false;
        QTest::newRow("macOS") << true;
    }

    void everyCounterIsRead()
    {
        QFETCH(bool, darwin);
        const InterfaceLayout& layout = darwin ? parse::kDarwinInterface : parse::kFreeBsdInterface;
        RawStructure messages = message(layout, {});
        messages.append(addressMessage()).append(message(layout, {"lo0", 0x8049, 0x18, 0}));
        const auto interfaces = parse::parseInterfaces(messages.bytes(), layout);
        QVERIFY(interfaces.has_value());
        QCOMPARE(interfaces->size(), 2U);
        const NetworkInterface& first = interfaces->front();
        QVERIFY(first.name == "em0");
        QCOMPARE(first.receiveBytes, 5'000'000'000U);
        QCOMPARE(first.receivePackets, 11U);
        QCOMPARE(first.receiveErrors, 12U);
        QCOMPARE(first.receiveDrops, 13U);
        QCOMPARE(first.transmitBytes, 6'000'000'000U);
        QCOMPARE(first.transmitPackets, 21U);
        QCOMPARE(first.transmitErrors, 22U);
        QCOMPARE(first.transmitDrops, 23U);
        QCOMPARE(first.mtuBytes.value_or(0), 1500U);
        QCOMPARE(first.speedBytesPerSecond.value_or(0), 125'000'000U);
        QVERIFY(first.up == true && first.loopback == false && first.isVirtual == false);
        const NetworkInterface& second = interfaces->back();
        QVERIFY(second.name == "lo0");
        QVERIFY(second.up == true && second.loopback == true && second.isVirtual == false);
        QVERIFY(!second.speedBytesPerSecond);
    }

    void aLinkThatIsDownHasNoSpeed()
    {
        const auto parsed = [](const Made& made) {
            const RawStructure raw = message(parse::kFreeBsdInterface, made);
            return parse::parseInterfaces(raw.bytes(), parse::kFreeBsdInterface).value().front();
        };
        for (const Made& made : {Made{.flags = 0x8802}, Made{.flags = 0x8803}, Made{.linkState = 1}}) {
            const NetworkInterface interface = parsed(made);
            QVERIFY(interface.up == false);
            QVERIFY(!interface.speedBytesPerSecond);
        }
        QVERIFY(parsed({.linkState = 0}).up == true); // a driver that does not say
    }

    void whatIsNoEthernetIsVirtual()
    {
        for (const int type : {0xd1, 0x87, 0xa1, 0x83, 0xf0, 0x01}) { // bridge, VLAN, lagg, tunnel, gif, utun
            const RawStructure raw =
                message(parse::kDarwinInterface, {.name = "x0", .type = static_cast<std::uint8_t>(type)});
            const auto interfaces = parse::parseInterfaces(raw.bytes(), parse::kDarwinInterface);
            QVERIFY(interfaces.has_value() && interfaces->front().isVirtual == true);
        }
    }

    void aMacsCountersAreTakenWhole()
    {
        const RawStructure raw = message(parse::kDarwinInterface, {.name = "en0"});
        NetworkInterface interface = parse::parseInterfaces(raw.bytes(), parse::kDarwinInterface).value().front();
        RawStructure counters(180);
        counters.text(0, "en0").put<std::uint64_t>(52 + 24, 99); // packets, which are whole in the list, too
        counters.put<std::uint64_t>(52 + 64, 30'277'303'935).put<std::uint64_t>(52 + 72, 7'000'000'001);
        QVERIFY(parse::applyInterfaceCounters(counters.bytes(), interface).has_value());
        QCOMPARE(interface.receiveBytes, 30'277'303'935U);
        QCOMPARE(interface.transmitBytes, 7'000'000'001U);
        QCOMPARE(interface.receivePackets, 11U);

        QVERIFY(parse::applyInterfaceCounters(counters.cutBy(1), interface).error().code == ErrorCode::Malformed);
        counters.text(0, "en01").put<std::uint64_t>(52 + 64, 1);
        QVERIFY(parse::applyInterfaceCounters(counters.bytes(), interface).error().code == ErrorCode::NotFound);
        QCOMPARE(interface.receiveBytes, 30'277'303'935U);
    }

    void aMacsDriverKnowsWhetherThereIsALink()
    {
        const auto withStatus = [](int status, int flags) {
            const RawStructure raw = message(parse::kDarwinInterface, {.flags = flags});
            auto interface = parse::parseInterfaces(raw.bytes(), parse::kDarwinInterface).value().front();
            parse::applyMediaStatus(status, interface);
            return interface;
        };
        constexpr int kRunning = 0x8863;
        QVERIFY(withStatus(3, kRunning).up == true && withStatus(3, kRunning).speedBytesPerSecond);
        QVERIFY(withStatus(0, kRunning).up == true); // it does not know
        QVERIFY(withStatus(2, kRunning).up == true);
        QVERIFY(withStatus(1, kRunning).up == false && !withStatus(1, kRunning).speedBytesPerSecond);
        QVERIFY(withStatus(3, 0x8822).up == false); // switched off by the admin
    }

    void brokenMessagesAreMalformed()
    {
        const InterfaceLayout& layout = parse::kFreeBsdInterface;
        const RawStructure whole = message(layout, {});
        const auto code = [&layout](
                              parse::RawBytes bytes) { return parse::parseInterfaces(bytes, layout).error().code; };
        QVERIFY(code(whole.cutBy(1)) == ErrorCode::Malformed);
        QVERIFY(code(whole.bytes().first(1)) == ErrorCode::Malformed);
        QVERIFY(code(RawStructure(4).bytes()) == ErrorCode::Malformed); // a length of 0 would never end
        RawStructure headless(16);
        headless.put<std::uint16_t>(0, 16).put<std::uint8_t>(3, 0x0e);
        QVERIFY(code(headless.bytes()) == ErrorCode::Malformed);
        QVERIFY(code(message(layout, {.name = ""}).bytes()) == ErrorCode::Malformed);
        QVERIFY(parse::parseInterfaces({}, layout).value().empty());
    }
};

QTEST_APPLESS_MAIN(BsdInterfacesTest)
#include "bsd_interfaces_test.moc"
