// SPDX-License-Identifier: GPL-3.0-or-later
#include "parse/raw_structure.h"
#include "platform/parse/windows_interfaces.h"

#include <QTest>

using namespace sextant;
using namespace sextant::platform;

namespace {

struct Row {
    std::u16string_view alias = u"Ethernet";
    std::uint32_t type = 6;
    std::uint8_t flags = 1; ///< 1: hardware, 2: filter
    std::uint32_t state = 1;
    std::uint64_t bitsPerSecond = 1'000'000'000;
    std::uint64_t packets = 10;
};

/// MIB_IF_ROW2.
RawStructure bytesOf(const Row& row)
{
    RawStructure bytes(1352);
    for (std::size_t i = 0; i < row.alias.size(); ++i)
        bytes.put(28 + i * 2, row.alias[i]);
    bytes.put<std::uint32_t>(8, 17).put<std::uint32_t>(1124, 1500).put(1128, row.type).put(1152, row.flags);
    bytes.put(1156, row.state).put(1192, row.bitsPerSecond).put(1200, row.bitsPerSecond);
    bytes.put<std::uint64_t>(1208, 5'000'000'000).put(1216, row.packets).put(1224, row.packets / 2);
    bytes.put<std::uint64_t>(1232, 3).put<std::uint64_t>(1240, 4).put<std::uint64_t>(1280, 600);
    return bytes.put(1288, row.packets).put<std::uint64_t>(1304, 7).put<std::uint64_t>(1312, 8);
}

/// MIB_IF_TABLE2.
RawStructure tableOf(const std::vector<Row>& rows)
{
    RawStructure bytes(8);
    bytes.put(0, static_cast<std::uint32_t>(rows.size()));
    for (const Row& row : rows)
        bytes.append(bytesOf(row));
    return bytes;
}

} // namespace

class WindowsInterfacesTest : public QObject {
    Q_OBJECT

private slots:
    void everyFact()
    {
        const auto interfaces = parse::parseInterfaceTable(tableOf({Row{}}).bytes());
        QVERIFY(interfaces.has_value());
        QCOMPARE(interfaces->size(), 1U);
        const NetworkInterface& interface = interfaces->front();
        QCOMPARE(interface.name, std::string("Ethernet"));
        QCOMPARE(interface.receiveBytes, 5'000'000'000U);
        QCOMPARE(interface.receivePackets, 15U); // to one and to many
        QCOMPARE(interface.receiveDrops, 3U);
        QCOMPARE(interface.receiveErrors, 4U);
        QCOMPARE(interface.transmitBytes, 600U);
        QCOMPARE(interface.transmitPackets, 10U);
        QCOMPARE(interface.transmitDrops, 7U);
        QCOMPARE(interface.transmitErrors, 8U);
        QCOMPARE(interface.speedBytesPerSecond.value_or(0), 125'000'000U);
        QCOMPARE(interface.mtuBytes.value_or(0), 1500U);
        QVERIFY(interface.up == true && interface.loopback == false && interface.isVirtual == false);
    }

    void aLinkThatIsDownHasNoSpeed()
    {
        const auto interfaces = parse::parseInterfaceTable(tableOf({Row{.state = 2}}).bytes());
        QVERIFY(interfaces->front().up == false && !interfaces->front().speedBytesPerSecond);
        const auto unknown = parse::parseInterfaceTable(tableOf({Row{.bitsPerSecond = ~std::uint64_t{0}}}).bytes());
        QVERIFY(!unknown->front().speedBytesPerSecond);
    }

    void filtersGhostsAndIdleTunnelsAreLeftOut()
    {
        const auto interfaces = parse::parseInterfaceTable(tableOf(
            {Row{.alias = u"Ethernet-WFP-0000", .flags = 3}, Row{.alias = u"Debug", .state = 6},
                Row{.alias = u"Teredo", .type = 131, .flags = 0, .packets = 0},
                Row{.alias = u"vEthernet (WSL)", .flags = 0},
                Row{.alias = u"Loopback", .type = 24, .flags = 0, .packets = 0},
                Row{.alias = u"", .packets = 0}}).bytes());
        QVERIFY(interfaces.has_value());
        std::vector<std::string> names;
        for (const NetworkInterface& interface : *interfaces)
            names.push_back(interface.name);
        QVERIFY(names == (std::vector<std::string>{"vEthernet (WSL)", "Loopback", "if17"}));
        QVERIFY((*interfaces)[0].isVirtual == true);
        QVERIFY((*interfaces)[1].loopback == true && (*interfaces)[1].isVirtual == false);
        QVERIFY(!(*interfaces)[1].speedBytesPerSecond);
    }

    void aTableThatSaysTooMuchIsRefused()
    {
        RawStructure table = tableOf({Row{}});
        QVERIFY(parse::parseInterfaceTable(table.cutBy(1)).error().code == ErrorCode::Malformed);
        QVERIFY(parse::parseInterfaceTable(table.put<std::uint32_t>(0, 0xffffffff).bytes()).error().code ==
                ErrorCode::Malformed);
        QVERIFY(parse::parseInterfaceTable({}).error().code == ErrorCode::Malformed);
        QVERIFY(parse::parseInterfaceTable(tableOf({}).bytes())->empty());
    }
};

QTEST_APPLESS_MAIN(WindowsInterfacesTest)
#include "windows_interfaces_test.moc"
