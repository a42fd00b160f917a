// SPDX-License-Identifier: GPL-3.0-or-later
#include "parse/raw_structure.h"
#include "platform/parse/smbios.h"

#include <QTest>

using namespace sextant::platform;

namespace {

/// A structure with its texts; `numbers` are put behind the header of 4 bytes.
RawStructure structure(std::uint8_t type, std::initializer_list<std::uint8_t> numbers, std::string_view texts)
{
    const std::size_t formatted = 4 + numbers.size();
    RawStructure result(formatted + texts.size());
    result.put(0, type).put(1, static_cast<std::uint8_t>(formatted));
    std::size_t at = 4;
    for (const std::uint8_t number : numbers)
        result.put(at++, number);
    return result.text(formatted, texts);
}

RawStructure texts(std::string_view texts)
{
    return RawStructure(texts.size()).text(0, texts);
}

/// The one of type 1, with a UUID of 00 11 22… ff.
RawStructure systemStructure(std::string_view texts)
{
    RawStructure bytes(0x1b + texts.size());
    bytes.put<std::uint8_t>(0, 1).put<std::uint8_t>(1, 0x1b);
    for (std::uint8_t i = 0; i < 4; ++i)
        bytes.put<std::uint8_t>(4U + i, i + 1);
    for (std::uint8_t i = 0; i < 16; ++i)
        bytes.put<std::uint8_t>(8U + i, i * 0x11);
    return bytes.put<std::uint8_t>(0x19, 5).put<std::uint8_t>(0x1a, 6).text(0x1b, texts);
}

RawStructure table(const std::vector<RawStructure>& structures)
{
    RawStructure result(8);
    for (const RawStructure& one : structures)
        result.append(one);
    return result.put(4, static_cast<std::uint32_t>(result.bytes().size() - 8));
}

using namespace std::string_view_literals;

} // namespace

class SmbiosTest : public QObject {
    Q_OBJECT

private slots:
    void tellsVendorsAndProduct()
    {
        const auto facts = parse::firmwareFactsOf(parse::parseRawSmbios(
            table({structure(0, {1}, "SeaBIOS\0\0"sv), structure(7, {}, "\0\0"sv),
                      structure(1, {2, 1}, "Standard PC\0QEMU\0\0"sv), structure(2, {0}, "\0\0"sv)})
                .bytes()));
        QCOMPARE(facts.biosVendor, std::string("SeaBIOS"));
        QCOMPARE(facts.systemVendor, std::string("QEMU"));
        QCOMPARE(facts.product, std::string("Standard PC"));
        QCOMPARE(facts.boardVendor, std::string());
        QCOMPARE(parse::virtualisationOf(facts).value_or(""), std::string("qemu"));
    }

    void keepsWhatStandsBeforeABreak()
    {
        RawStructure broken = structure(1, {1, 2}, "VMware, Inc.\0VMware7,1\0\0"sv);
        RawStructure bytes = table({structure(0, {1}, "Phoenix\0\0"sv), broken.put<std::uint8_t>(1, 200)});
        QCOMPARE(parse::parseRawSmbios(bytes.bytes()).firmware.vendor, std::string("Phoenix"));
        QCOMPARE(parse::parseRawSmbios(bytes.bytes()).system.product, std::string());
        for (std::size_t cut = 0; cut <= bytes.bytes().size(); ++cut)
            QVERIFY(parse::parseRawSmbios(bytes.cutBy(cut)).system.product.empty());
        // A number of a text that there is not, and a structure without length, which would never end.
        QCOMPARE(
            parse::parseRawSmbios(table({structure(1, {3, 9}, "one\0\0"sv)}).bytes()).system.product, std::string());
        QCOMPARE(parse::parseRawSmbios(table({structure(1, {1}, "x\0\0"sv).put<std::uint8_t>(1, 0)}).bytes())
                     .system.manufacturer,
            std::string());
    }

    void tellsTheWholeMachine()
    {
        const Hardware machine = parse::parseSmbiosStructures(
            RawStructure(0)
                .append(structure(0, {1, 2, 0, 0, 3}, "LENOVO\0N2WET41W\00011/02/2023\0\0"sv))
                .append(systemStructure("LENOVO\00020T0CTO1WW\0ThinkPad T14s\0PF2ABCDE\0LENOVO_MT_20T0\0T14s\0\0"sv))
                .append(structure(2, {1, 2, 0, 3, 4}, "LENOVO\00020T0\0L1HF12\0Not Available\0\0"sv))
                .append(structure(2, {1, 1}, "second board\0\0"sv))
                .append(structure(3, {1, 0x8a, 0, 2, 3}, "LENOVO\0PF2ABCDE\0No Asset Information\0\0"sv))
                .bytes());
        QCOMPARE(machine.firmware.version, std::string("N2WET41W"));
        QCOMPARE(machine.firmware.date, std::string("11/02/2023"));
        QCOMPARE(machine.system.product, std::string("20T0CTO1WW"));
        QCOMPARE(machine.system.version, std::string("ThinkPad T14s"));
        QCOMPARE(machine.system.serial, std::string("PF2ABCDE"));
        QCOMPARE(machine.uuid, std::string("33221100-5544-7766-8899-aabbccddeeff"));
        QCOMPARE(machine.sku, std::string("LENOVO_MT_20T0"));
        QCOMPARE(machine.family, std::string("T14s"));
        QCOMPARE(machine.board.manufacturer, std::string("LENOVO")); // the first one
        QCOMPARE(machine.board.serial, std::string("L1HF12"));
        QCOMPARE(machine.board.assetTag, std::string());
        QCOMPARE(machine.chassisType, std::string("notebook")); // it has a lock
        QCOMPARE(machine.chassis.product, std::string());
        QCOMPARE(machine.chassis.assetTag, std::string());
    }

    void tellsProcessors()
    {
        const auto processor = [](std::uint8_t status, std::uint8_t cores, std::uint8_t threads) {
            RawStructure bytes(0x30);
            bytes.put<std::uint8_t>(0, 4).put<std::uint8_t>(1, 0x30).put<std::uint8_t>(4, 1).put<std::uint8_t>(7, 2);
            bytes.put<std::uint8_t>(0x10, 3).put<std::uint16_t>(0x14, 4'100).put(0x18, status);
            bytes.put(0x23, cores).put(0x25, threads).put<std::uint16_t>(0x2a, 300).put<std::uint16_t>(0x2e, 600);
            return bytes.append(texts("P0\0AMD\0AMD EPYC 9965 192-Core    \0\0"sv));
        };
        const std::vector<Processor> all = parse::parseSmbiosStructures(RawStructure(0)
                                                                            .append(processor(0x41, 8, 16))
                                                                            .append(processor(0, 8, 16))
                                                                            .append(processor(0x41, 0xff, 0xff))
                                                                            .bytes())
                                               .processors;
        QCOMPARE(all.size(), std::size_t(2)); // one socket is empty
        QCOMPARE(all[0].socket, std::string("P0"));
        QCOMPARE(all[0].manufacturer, std::string("AMD"));
        QCOMPARE(all[0].model, std::string("AMD EPYC 9965 192-Core"));
        QCOMPARE(all[0].cores, std::optional<std::uint32_t>(8));
        QCOMPARE(all[0].threads, std::optional<std::uint32_t>(16));
        QCOMPARE(all[0].maxMegahertz, std::optional<std::uint32_t>(4'100));
        QCOMPARE(all[1].cores, std::optional<std::uint32_t>(300));
        QCOMPARE(all[1].threads, std::optional<std::uint32_t>(600));
    }

    void tellsMemoryModules()
    {
        const auto module = [](std::uint16_t size, std::uint32_t larger, std::uint16_t speed) {
            RawStructure bytes(0x5c);
            bytes.put<std::uint8_t>(0, 17).put<std::uint8_t>(1, 0x5c).put(0x0c, size).put<std::uint8_t>(0x0e, 0x0d);
            bytes.put<std::uint8_t>(0x10, 1).put<std::uint8_t>(0x11, 2).put<std::uint8_t>(0x12, 0x22).put(0x15, speed);
            bytes.put<std::uint8_t>(0x17, 3).put<std::uint8_t>(0x18, 4).put<std::uint8_t>(0x1a, 5).put(0x1c, larger);
            bytes.put<std::uint16_t>(0x20, 4'800).put<std::uint32_t>(0x54, 70'000);
            return bytes.append(texts("DIMM_A1\0BANK 0\0Samsung\000001234\0M425R2GA3\0\0"sv));
        };
        RawStructure table(0);
        for (const auto& one : {module(16'384, 0, 5'600), module(0x7fff, 131'072, 0xffff), module(0x8200, 0, 0),
                 module(0, 0, 5'600), module(0xffff, 0, 5'600)})
            table.append(one);
        const std::vector<MemoryDevice> all = parse::parseSmbiosStructures(table.bytes()).memory;
        QCOMPARE(all.size(), std::size_t(5));
        QCOMPARE(all[0], (MemoryDevice{"DIMM_A1", "BANK 0", std::uint64_t(16) << 30, "DDR5", "SODIMM", 5'600, 4'800,
                             "Samsung", "001234", "M425R2GA3"}));
        QCOMPARE(all[1].bytes, std::optional(std::uint64_t(128) << 30));
        QCOMPARE(all[1].megatransfers, std::optional<std::uint32_t>(70'000));
        QCOMPARE(all[2].bytes, std::optional(std::uint64_t(512) << 10)); // in KiB
        QVERIFY(!all[2].megatransfers);
        QCOMPARE(all[3].bytes, std::optional(std::uint64_t(0))); // an empty place
        QVERIFY(all[3].manufacturer.empty() && all[3].type.empty() && !all[3].megatransfers);
        QCOMPARE(all[3].locator, std::string("DIMM_A1"));
        QVERIFY(!all[4].bytes);
        QCOMPARE(all[4].manufacturer, std::string("Samsung"));
        // A table of version 2.1, whose structure ends before the speed.
        RawStructure old = RawStructure(0x15).put<std::uint8_t>(0, 17).put<std::uint8_t>(1, 0x15);
        const auto shortest =
            parse::parseSmbiosStructures(old.put<std::uint16_t>(0x0c, 512).append(RawStructure(2)).bytes());
        QCOMPARE(shortest.memory.at(0).bytes, std::optional(std::uint64_t(512) << 20));
        QVERIFY(!shortest.memory[0].megatransfers && !shortest.memory[0].megatransfersInUse);
    }

    void aUuidThatNobodySetIsNone()
    {
        for (const std::uint8_t byte : {std::uint8_t(0x00), std::uint8_t(0xff)}) {
            RawStructure bytes = RawStructure(0x1b).put<std::uint8_t>(0, 1).put<std::uint8_t>(1, 0x1b);
            for (std::size_t i = 8; i < 24; ++i)
                bytes.put(i, byte);
            QCOMPARE(parse::parseSmbiosStructures(bytes.append(RawStructure(2)).bytes()).uuid, std::string());
            bytes.put<std::uint8_t>(23, 1);
            QCOMPARE(parse::parseSmbiosStructures(bytes.bytes()).uuid.size(), std::size_t(36));
        }
    }

    void whatMakersForgotToReplaceIsNothing()
    {
        QCOMPARE(parse::labelText(" To Be Filled By O.E.M. "), std::string());
        QCOMPARE(parse::labelText("Default string"), std::string());
        QCOMPARE(parse::labelText(" X570 "), std::string("X570"));
        QCOMPARE(parse::labelText(""), std::string());
        QCOMPARE(parse::chassisTypeName(0), std::string());
        QCOMPARE(parse::chassisTypeName(23), std::string("rack mount"));
        QCOMPARE(parse::chassisTypeName(36), std::string("stick PC"));
        QCOMPARE(parse::chassisTypeName(37), std::string());
    }

    void readsNoMoreThanItsLimit()
    {
        const RawStructure empty = structure(126, {}, "\0\0"sv); // 6 bytes, inactive
        RawStructure bytes(0);
        while (bytes.bytes().size() + 6 <= parse::kSmbiosLimit)
            bytes.append(empty);
        bytes.append(empty).append(structure(0, {1}, "too far\0\0"sv));
        QVERIFY(bytes.bytes().size() > parse::kSmbiosLimit);
        QCOMPARE(parse::parseSmbiosStructures(bytes.bytes()), Hardware{});
        const auto shorter = parse::parseSmbiosStructures(bytes.bytes().subspan(60));
        QCOMPARE(shorter.firmware.vendor, std::string("too far"));
    }

    void microsoftAloneIsNoVirtualMachine()
    {
        QVERIFY(!parse::virtualisationOf({"Microsoft Corporation", "Microsoft Corporation", "Surface Laptop 5", ""}));
        QCOMPARE(parse::virtualisationOf({"", "Microsoft Corporation", "Virtual Machine", ""}).value_or(""),
            std::string("microsoft"));
        QVERIFY(!parse::virtualisationOf({"Dell Inc.", "Dell Inc.", "PowerEdge R650", "Dell Inc."}));
    }
};

QTEST_APPLESS_MAIN(SmbiosTest)
#include "smbios_test.moc"
