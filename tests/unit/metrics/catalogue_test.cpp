// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/catalogue.h"
#include "metrics/families.h"

#include <QTest>

#include <limits>
#include <set>

using namespace sextant::metrics;

namespace {

bool isName(std::string_view name)
{
    return !name.empty() && name.front() >= 'a' && name.front() <= 'z' &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

const Column& columnOf(std::string_view family, std::string_view name)
{
    const Family* found = findFamily(family);
    return found->columns[*columnIndex(*found, name)];
}

} // namespace

class CatalogueTest : public QObject {
    Q_OBJECT

private slots:
    void namesAndNumbersAreUnique()
    {
        std::set<std::string_view> familyNames;
        std::set<std::string> metricNames;
        for (const Family& family : families()) {
            QVERIFY2(isName(family.name), family.name.data());
            QVERIFY2(familyNames.insert(family.name).second, family.name.data());
            std::set<std::uint32_t> numbers;
            for (const Column& column : family.columns) {
                const std::string metric = prometheusName(family, column);
                QVERIFY2(isName(column.name), metric.c_str());
                QVERIFY2(column.number > 0 && numbers.insert(column.number).second, metric.c_str());
                QVERIFY2(metricNames.insert(metric).second, metric.c_str());
            }
        }
    }

    void namesFollowTheConventions()
    {
        for (const Family& family : families()) {
            for (const Column& column : family.columns) {
                const std::string metric = prometheusName(family, column);
                QVERIFY2(column.name.ends_with("_total") == (column.kind == Kind::Counter), metric.c_str());
                QVERIFY2(column.help.ends_with('.'), metric.c_str());
                const std::string_view bare =
                    column.kind == Kind::Counter ? column.name.substr(0, column.name.size() - 6) : column.name;
                if (column.unit == Unit::Percent || column.unit == Unit::Bytes || column.unit == Unit::Seconds ||
                    column.unit == Unit::Celsius)
                    QVERIFY2(bare.ends_with(unitName(column.unit)), metric.c_str());
                QVERIFY2(column.unit != Unit::Percent || column.scale == 2, metric.c_str());
                QVERIFY2(column.storage != Storage::Real || column.scale == 0, metric.c_str());
                QVERIFY2(column.os != 0, metric.c_str());
            }
        }
    }

    void prometheusNames()
    {
        const auto name = [](std::string_view family, std::string_view column) {
            return prometheusName(*findFamily(family), columnOf(family, column));
        };
        QCOMPARE(name("cpu", "usage_percent"), std::string("system_cpu_usage_percent"));
        QCOMPARE(name("network", "receive_bytes_total"), std::string("system_network_receive_bytes_total"));
        QCOMPARE(name("system", "uptime_seconds"), std::string("system_uptime_seconds"));
    }

    void lookups()
    {
        QVERIFY(findFamily("nothing") == nullptr);
        const Family* cpu = findFamily("cpu");
        QVERIFY(cpu != nullptr);
        QVERIFY(!columnIndex(*cpu, "nothing"));
        QVERIFY(!columnIndex(*cpu, std::uint32_t{9999}));
        QCOMPARE(*columnIndex(*cpu, std::uint32_t{21}), *columnIndex(*cpu, "load1"));
        QCOMPARE(column("cpu", "load1").index, *columnIndex(*cpu, "load1"));
        QCOMPARE(&sextant::metrics::family("cpu"), cpu);
    }

    void scaling()
    {
        const Column& percent = columnOf("cpu", "usage_percent");
        QCOMPARE(fromDouble(12.345, percent).scaled(), std::int64_t{1235});
        QCOMPARE(fromDouble(-0.004, percent).scaled(), std::int64_t{0});
        QCOMPARE(*toDouble(Value::fixed(1235), percent), 12.35);
        QVERIFY(!toDouble(Value{}, percent));
        const double nan = std::numeric_limits<double>::quiet_NaN();
        QVERIFY(fromDouble(nan, percent).isAbsent());
        QVERIFY(fromDouble(std::numeric_limits<double>::infinity(), percent).isAbsent());
        QVERIFY(fromDouble(1e18, percent).isAbsent());

        const Column& bytes = columnOf("network", "receive_bytes_total");
        constexpr std::uint64_t kBeyondDouble = (std::uint64_t{1} << 53) + 1;
        QCOMPARE(fromInteger(kBeyondDouble, bytes).scaled(), static_cast<std::int64_t>(kBeyondDouble));
        QVERIFY(fromInteger(std::numeric_limits<std::uint64_t>::max(), bytes).isAbsent());
        QVERIFY(fromInteger(std::numeric_limits<std::int64_t>::max(), percent).isAbsent());
        QCOMPARE(fromInteger(std::int64_t{-3}, percent).scaled(), std::int64_t{-300});

        const Column& real = columnOf("custom", "value");
        QCOMPARE(fromDouble(0.1, real).asReal(), 0.1);
        QVERIFY(fromDouble(nan, real).isReal());
    }
};

QTEST_GUILESS_MAIN(CatalogueTest)
#include "catalogue_test.moc"
