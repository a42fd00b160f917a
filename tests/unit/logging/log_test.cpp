// SPDX-License-Identifier: GPL-3.0-or-later
#include "logging/log.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <string>
#include <vector>

using namespace sextant::logging;

namespace {

struct Recorded {
    std::vector<std::string> lines;
    std::int64_t nowMs = 1'767'225'600'123;

    Log make(Level level, Format format)
    {
        return Log(
            level, format, [this](Level, std::string_view line) { lines.emplace_back(line); },
            [this] { return nowMs; });
    }
};

} // namespace

class LogTest : public QObject {
    Q_OBJECT

private slots:
    void logfmtLineHasTimeLevelSourceMessageAndFields()
    {
        Recorded recorded;
        Log log = recorded.make(Level::Info, Format::Logfmt);
        log.warning("uplink", "the server does not answer", {{"url", "https://a:1"}, {"detail", "say \"hi\"\nx=1"}});
        QCOMPARE(recorded.lines.size(), std::size_t{1});
        QCOMPARE(recorded.lines[0],
            std::string("time=2026-01-01T00:00:00.123Z level=warning source=uplink msg=\"the server does not answer\" "
                        "url=https://a:1 detail=\"say \\\"hi\\\"\\nx=1\""));
    }

    void jsonLineParses()
    {
        Recorded recorded;
        Log log = recorded.make(Level::Debug, Format::Json);
        log.debug("http", "odd \x01 byte", {{"path", "/a\"b"}});
        const auto object = QJsonDocument::fromJson(QByteArray::fromStdString(recorded.lines.at(0))).object();
        QCOMPARE(object[QStringLiteral("level")].toString(), QStringLiteral("debug"));
        QCOMPARE(object[QStringLiteral("path")].toString(), QStringLiteral("/a\"b"));
        QCOMPARE(object[QStringLiteral("msg")].toString(), QStringLiteral("odd \x01 byte"));
        QCOMPARE(object[QStringLiteral("time")].toString(), QStringLiteral("2026-01-01T00:00:00.123Z"));
    }

    void levelsBelowTheThresholdAreNotWritten()
    {
        Recorded recorded;
        Log log = recorded.make(Level::Warning, Format::Logfmt);
        log.info("a", "b");
        QVERIFY(recorded.lines.empty());
        log.setLevel(Level::Info);
        log.info("a", "b");
        QCOMPARE(recorded.lines.size(), std::size_t{1});
    }

    void repeatsAreHeldBackForAMinuteAndCounted()
    {
        Recorded recorded;
        Log log = recorded.make(Level::Info, Format::Logfmt);
        log.error("a", "no", {{"x", "1"}});
        log.error("a", "no", {{"x", "1"}});
        log.error("a", "no", {{"x", "2"}});
        recorded.nowMs += 59'999;
        log.error("a", "no", {{"x", "1"}});
        QCOMPARE(recorded.lines.size(), std::size_t{2});
        recorded.nowMs += 1;
        log.error("a", "no", {{"x", "1"}});
        QCOMPARE(recorded.lines.size(), std::size_t{3});
        QVERIFY(recorded.lines[2].ends_with("x=1 repeated=2"));
    }

    void memoryIsBounded()
    {
        Recorded recorded;
        Log log = recorded.make(Level::Info, Format::Logfmt);
        for (int i = 0; i < 5'000; ++i)
            log.info("a", "b", {{"i", std::to_string(i)}});
        QCOMPARE(recorded.lines.size(), std::size_t{5'000});
        log.info("a", "b", {{"i", "4999"}}); // still remembered
        QCOMPARE(recorded.lines.size(), std::size_t{5'000});
    }

    void wordsForLevelsAndFormats()
    {
        QCOMPARE(parseLevel("warn"), std::optional(Level::Warning));
        QCOMPARE(parseLevel("error"), std::optional(Level::Error));
        QVERIFY(!parseLevel("loud"));
        QCOMPARE(parseFormat("json"), std::optional(Format::Json));
        QVERIFY(!parseFormat("xml"));
    }
};

QTEST_GUILESS_MAIN(LogTest)
#include "log_test.moc"
