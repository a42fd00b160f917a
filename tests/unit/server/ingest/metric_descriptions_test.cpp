// SPDX-License-Identifier: GPL-3.0-or-later
// What programs say of their metrics, and how much of it is kept.
#include "server/ingest/metric_descriptions.h"

#include <QTest>

using namespace sextant::server;

class MetricDescriptionsTest : public QObject {
    Q_OBJECT

private slots:
    void theLastWordCountsAndSilenceTakesNothingBack()
    {
        MetricDescriptions said;
        said.learn({{"m", "counter", "Help.", "bytes"}, {"m", "gauge", {}, {}}});
        QVERIFY((said.find("m") == MetricDescription{"m", "gauge", "Help.", "bytes"}));
        said.learn({{"m", "unknown", {}, {}}, {"m", "meter", {}, "seconds"}});
        QVERIFY((said.find("m") == MetricDescription{"m", "gauge", "Help.", "seconds"}));
    }

    void aCounterOfOpenMetricsIsFound()
    {
        MetricDescriptions said;
        said.learn({{"orders", "counter", {}, {}}});
        QCOMPARE(said.find("orders_total")->type, std::string("counter"));
        QVERIFY(!said.find("orders_sum"));
        QCOMPARE(withoutPart("d_bucket"), std::string_view("d"));
        QCOMPARE(withoutPart("d_bucketx"), std::string_view("d_bucketx"));
    }

    void whatIsNoneIsLeftOut()
    {
        MetricDescriptions said;
        said.learn({{"a-b", "counter", {}, {}}, {std::string(257, 'a'), "counter", {}, {}}, {"x", "meter", {}, {}},
            {"y", {}, "\xff", {}}, {"", "gauge", {}, {}}});
        QVERIFY(said.all().empty());
    }

    void itIsBounded()
    {
        MetricDescriptions said;
        for (std::size_t i = 0; i < MetricDescriptions::kMaxNames; ++i)
            said.learn({{"m" + std::to_string(i), "gauge", {}, {}}});
        QCOMPARE(said.all().size(), MetricDescriptions::kMaxNames);
        said.learn({{"one_more", "gauge", {}, {}}, {"m7", "counter", {}, {}}});
        QCOMPARE(said.all().size(), MetricDescriptions::kMaxNames);
        QVERIFY(!said.find("one_more"));
        QCOMPARE(said.find("m7")->type, std::string("counter")); // those that are known go on
        const std::string help(MetricDescriptions::kMaxHelpBytes, 'h'), unit(MetricDescriptions::kMaxUnitBytes, 'u');
        said.learn({{"m1", {}, help, unit}, {"m2", {}, help + 'h', unit + 'u'}});
        QCOMPARE(said.find("m1")->help, help);
        QCOMPARE(said.find("m1")->unit, unit);
        QVERIFY((said.find("m2") == MetricDescription{"m2", "gauge", {}, {}}));
    }
};

QTEST_GUILESS_MAIN(MetricDescriptionsTest)
#include "metric_descriptions_test.moc"
