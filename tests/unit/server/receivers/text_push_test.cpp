// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/text_push.h"

#include <QTest>

using namespace sextant;
using namespace sextant::server;

namespace {

std::string grouping(const std::vector<std::string>& segments)
{
    const auto labels = readGrouping(segments);
    return labels ? metrics::labelText(*labels) : std::string("refused");
}

} // namespace

class TextPushTest : public QObject {
    Q_OBJECT

private slots:
    void thePathIsTheGroup()
    {
        QCOMPARE(grouping({"job", "backup"}), std::string("job=\"backup\""));
        QCOMPARE(grouping({"job", "backup", "instance", "a/b"}), std::string("instance=\"a/b\",job=\"backup\""));
        // The examples of Pushgateway's README.
        QCOMPARE(grouping({"job", "directory_cleaner", "path@base64", "L3Zhci90bXA"}),
            std::string("job=\"directory_cleaner\",path=\"/var/tmp\""));
        QCOMPARE(grouping({"job", "titan", "name@base64", "zqDPgc6_zrzOt864zrXPjc-C"}),
            std::string("job=\"titan\",name=\"Προμηθεύς\""));
        QCOMPARE(grouping({"job", "example", "first_label@base64", "=", "second_label", "x"}),
            std::string("job=\"example\",second_label=\"x\""));
        QCOMPARE(grouping({"job@base64", "YS9i"}), std::string("job=\"a/b\""));
    }

    void otherPathsAreRefused()
    {
        for (const std::vector<std::string>& segments :
            std::vector<std::vector<std::string>>{{}, {"job"}, {"job", ""}, {"job", "x", "a"}, {"instance", "x"},
                {"job", "x", "a-b", "c"}, {"job", "x", "__name__", "c"}, {"job", "x", "a@base64", "!"},
                {"job", "x", "a@base64", "_w"}, {"job", "x", "a", "1", "a", "2"}, {"job@base64", "="}})
            QCOMPARE(grouping(segments), std::string("refused"));
    }

    void theGroupWinsOverTheSample()
    {
        const auto intake = readTextPush("a{job=\"x\",b=\"c\"} 1\nb 2 5000\n\nbad\n", metrics::ExpositionFormat::Text,
            {{"instance", "i"}, {"job", "backup"}}, 7'000);
        QVERIFY(intake.has_value());
        QCOMPARE(intake->series.size(), std::size_t{2});
        QVERIFY((intake->series[0].labels == metrics::Labels{{"b", "c"}, {"instance", "i"}, {"job", "backup"}}));
        QCOMPARE(intake->series[0].samples[0].timeMs, std::int64_t{7'000});
        QCOMPARE(intake->series[1].samples[0].timeMs, std::int64_t{5'000});
        QCOMPARE(intake->received.refused, std::size_t{1});
        QCOMPARE(intake->received.items[0].item, std::size_t{4});
    }
};

QTEST_APPLESS_MAIN(TextPushTest)
#include "text_push_test.moc"
