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
        const auto facts =
            parse::parseSmbios(table({structure(0, {1}, "SeaBIOS\0\0"sv), structure(7, {}, "\0\0"sv),
                                         structure(1, {2, 1}, "Standard PC\0QEMU\0\0"sv), structure(2, {0}, "\0\0"sv)})
                                   .bytes());
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
        QCOMPARE(parse::parseSmbios(bytes.bytes()).biosVendor, std::string("Phoenix"));
        QCOMPARE(parse::parseSmbios(bytes.bytes()).product, std::string());
        for (std::size_t cut = 0; cut <= bytes.bytes().size(); ++cut)
            QVERIFY(parse::parseSmbios(bytes.cutBy(cut)).product.empty());
        // A number of a text that there is not, and a structure without length, which would never end.
        QCOMPARE(parse::parseSmbios(table({structure(1, {3, 9}, "one\0\0"sv)}).bytes()).product, std::string());
        QCOMPARE(parse::parseSmbios(table({structure(1, {1}, "x\0\0"sv).put<std::uint8_t>(1, 0)}).bytes()).systemVendor,
            std::string());
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
