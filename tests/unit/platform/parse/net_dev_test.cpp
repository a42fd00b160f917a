// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/net_dev.h"

#include <QTest>

using namespace sextant::platform;
using namespace sextant::platform::parse;

namespace {

const std::string kTitles =
    "Inter-|   Receive            |  Transmit\n face |bytes    packets errs drop|bytes  packets\n";

} // namespace

class NetDevTest : public QObject {
    Q_OBJECT
private slots:
    void everyCounterFindsItsPlace()
    {
        const auto result = parseNetDev(kTitles + "  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
        QVERIFY(result);
        const NetworkInterface& interface = result->interfaces.at(0);
        QCOMPARE(interface.name, std::string("eth0"));
        QCOMPARE(interface.receiveBytes, std::uint64_t(1));
        QCOMPARE(interface.receivePackets, std::uint64_t(2));
        QCOMPARE(interface.receiveErrors, std::uint64_t(3));
        QCOMPARE(interface.receiveDrops, std::uint64_t(4));
        QCOMPARE(interface.transmitBytes, std::uint64_t(9));
        QCOMPARE(interface.transmitPackets, std::uint64_t(10));
        QCOMPARE(interface.transmitErrors, std::uint64_t(11));
        QCOMPARE(interface.transmitDrops, std::uint64_t(12));
        QVERIFY(!interface.up && !interface.loopback && !interface.isVirtual && !interface.mtuBytes);
    }

    void theNumberMayStickToTheName()
    {
        const auto result = parseNetDev(kTitles + "eth0:4294967295 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
                                                  "eth0:1:77 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
        QVERIFY(result);
        QCOMPARE(result->interfaces.at(0).name, std::string("eth0"));
        QCOMPARE(result->interfaces.at(0).receiveBytes, std::uint64_t(4294967295));
        QCOMPARE(result->interfaces.at(1).name, std::string("eth0:1"));
        QCOMPARE(result->interfaces.at(1).receiveBytes, std::uint64_t(77));
    }

    void brokenLinesAreCounted()
    {
        const auto result = parseNetDev(kTitles + "lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\nno colon\neth0: 1 2 3\n"
                                                  ": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
        QVERIFY(result);
        QCOMPARE(result->interfaces.size(), 1U);
        QCOMPARE(result->broken, 3U);
    }

    void withoutTitlesItIsAnotherFile()
    {
        for (const char* bad :
            {"", "\n\n", "lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n", "Inter-| a\n", "Inter-| a\n face |x\n"})
            QVERIFY2(!parseNetDev(bad), bad);
    }

    void aMachineWithoutInterfacesHasNone() { QVERIFY(parseNetDev(kTitles).value().interfaces.empty()); }
};

QTEST_GUILESS_MAIN(NetDevTest)
#include "net_dev_test.moc"
