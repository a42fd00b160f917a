// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/aliases.h"

#include <QTest>

#include <algorithm>
#include <set>
#include <tuple>

using namespace sextant::metrics;

class AliasesTest : public QObject {
    Q_OBJECT

private slots:
    void everyColumnHasItsName()
    {
        std::size_t columns = 0;
        for (const Family& family : families()) {
            for (const Column& column : family.columns) {
                if (family.name == "custom")
                    continue;
                ++columns;
                const auto found = findNamed(catalogueSeries(), prometheusName(family, column));
                QCOMPARE(found.size(), std::size_t{1});
                QCOMPARE(found[0].columns[0], &column);
                QCOMPARE(found[0].os, column.os);
                for (std::size_t i = 0; i < family.labels.size(); ++i)
                    QCOMPARE(found[0].labels.at(i).name, family.labels[i]);
            }
        }
        QCOMPARE(catalogueSeries().size(), columns);
    }

    void noTwoLinesGiveTheSameSeries()
    {
        std::set<std::tuple<std::string_view, std::string_view>> seen;
        for (const NamedSeries& alias : aliases()) {
            QVERIFY2(seen.insert({alias.name, alias.fixed.value}).second, alias.name.data());
            QVERIFY2(findNamed(catalogueSeries(), alias.name).empty(), alias.name.data());
        }
    }

    void labelsAreThoseOfTheFamily()
    {
        for (const NamedSeries& alias : aliases()) {
            const auto isKey = [&](std::string_view key) {
                return std::ranges::find(alias.family->labels, key) != alias.family->labels.end();
            };
            std::size_t told = alias.only.name.empty() ? std::size_t{0} : 1;
            for (const LabelRename& label : alias.labels) {
                QVERIFY2(label.key.empty() || isKey(label.key), alias.name.data());
                told += label.key.empty() ? std::size_t{0} : 1;
            }
            QVERIFY2(alias.only.name.empty() || isKey(alias.only.name), alias.name.data());
            // A disk is told by its mount alone, everything else by all its keys: no two instances are one series.
            QVERIFY2(told == alias.family->labels.size() || alias.family->name == "disk", alias.name.data());
            QVERIFY2(alias.os != 0, alias.name.data());
        }
    }
};

QTEST_APPLESS_MAIN(AliasesTest)
#include "aliases_test.moc"
