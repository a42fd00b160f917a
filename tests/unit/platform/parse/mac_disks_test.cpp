// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/mac_disks.h"

#include <QTest>

#include <map>

using namespace sextant::platform;

namespace {

std::optional<BlockDevice> readFrom(const std::map<std::string, std::uint64_t>& statistics)
{
    return parse::readDiskStatistics("disk0", [&](const char* key) -> std::optional<std::uint64_t> {
        const auto found = statistics.find(key);
        return found == statistics.end() ? std::nullopt : std::optional(found->second);
    });
}

const std::map<std::string, std::uint64_t> kWhole{{"Bytes (Read)", 4'096'000}, {"Bytes (Write)", 512},
    {"Operations (Read)", 1'000}, {"Operations (Write)", 1}, {"Total Time (Read)", 12'345'678'901},
    {"Total Time (Write)", 999'999}, {"Errors (Read)", 0}, {"Latency Time (Read)", 7}};

} // namespace

class MacDisksTest : public QObject {
    Q_OBJECT
private slots:
    void takesEachNumberByItsKey()
    {
        const auto disk = readFrom(kWhole);
        QVERIFY(disk.has_value());
        QCOMPARE(disk->name, std::string("disk0"));
        QCOMPARE(disk->kernelName, std::string("disk0"));
        QVERIFY(disk->kind == BlockDeviceKind::Disk);
        QCOMPARE(disk->readBytes, std::uint64_t{4'096'000});
        QCOMPARE(disk->writeBytes, std::uint64_t{512});
        QCOMPARE(disk->reads, std::uint64_t{1'000});
        QCOMPARE(disk->writes, std::uint64_t{1});
        QVERIFY(disk->readTime == std::chrono::milliseconds(12'345));
        QVERIFY(disk->writeTime == std::chrono::milliseconds(0));
        // What macOS does not tell is not known.
        QVERIFY(!disk->busyTime && !disk->weightedTime && !disk->inFlight && !disk->readsMerged && !disk->writesMerged);
    }

    void timesMayBeMissingAndCountsMayNot()
    {
        auto untimed = kWhole;
        untimed.erase("Total Time (Read)");
        QVERIFY(!readFrom(untimed)->readTime);
        QVERIFY(readFrom(untimed)->writeTime.has_value());
        for (const char* key : {"Bytes (Read)", "Bytes (Write)", "Operations (Read)", "Operations (Write)"}) {
            auto lacking = kWhole;
            lacking.erase(key);
            QVERIFY2(!readFrom(lacking), key);
        }
    }
};

QTEST_APPLESS_MAIN(MacDisksTest)
#include "mac_disks_test.moc"
