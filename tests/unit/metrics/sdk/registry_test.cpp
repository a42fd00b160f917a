// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/exposition_writer.h"
#include "metrics/sdk/process_metrics.h"
#include "metrics/sdk/registry.h"

#include <QRegularExpression>
#include <QTest>

#include <cmath>
#include <limits>
#include <thread>
#include <vector>

using namespace sextant;
using namespace sextant::metrics;
using namespace sextant::metrics::sdk;

class RegistryTest : public QObject {
    Q_OBJECT

private slots:
    void textHasEveryInstrument()
    {
        Registry registry;
        const std::vector<double> bounds{0.1, 1};
        registry.counter("requests_total", "Requests.", {{"code", "200"}}).value()->increment();
        registry.counter("requests_total", "Requests.", {{"code", "500"}}).value()->increment(2.5);
        registry.gauge("queue_length", "Waiting.").value()->set(7);
        Histogram& seconds = *registry.histogram("request_seconds", "How long.", bounds).value();
        for (const double value : {0.05, 0.1, 0.5, 3.0})
            seconds.observe(value);

        QCOMPARE(QString::fromStdString(registry.text()),
            QStringLiteral("# HELP queue_length Waiting.\n# TYPE queue_length gauge\nqueue_length 7\n"
                           "# HELP request_seconds How long.\n# TYPE request_seconds histogram\n"
                           "request_seconds_bucket{le=\"0.1\"} 2\nrequest_seconds_bucket{le=\"1\"} 3\n"
                           "request_seconds_bucket{le=\"+Inf\"} 4\nrequest_seconds_sum 3.65\nrequest_seconds_count 4\n"
                           "# HELP requests_total Requests.\n# TYPE requests_total counter\n"
                           "requests_total{code=\"200\"} 1\nrequests_total{code=\"500\"} 2.5\n"));
    }

    void theSameNameAndLabelsAreTheSameInstrument()
    {
        Registry registry;
        Counter* const first = registry.counter("a_total", "A", {{"x", "1"}}).value();
        QCOMPARE(registry.counter("a_total", "A", {{"x", "1"}}).value(), first);
        QVERIFY(registry.counter("a_total", "A", {{"x", "2"}}).value() != first);
    }

    void aCounterOnlyGrows()
    {
        Registry registry;
        Counter& counter = *registry.counter("a_total", "A").value();
        counter.increment(5);
        counter.increment(-3);
        counter.increment(std::numeric_limits<double>::quiet_NaN());
        QCOMPARE(counter.value(), 5.0);
    }

    void whatIsNoNumberIsInNoBucket()
    {
        const std::vector<double> bounds{1};
        Histogram histogram(bounds);
        histogram.observe(std::numeric_limits<double>::quiet_NaN());
        histogram.observe(std::numeric_limits<double>::infinity());
        const Histogram::Reading reading = histogram.read();
        QCOMPARE(reading.cumulative, (std::vector<std::uint64_t>{0, 1}));
        QVERIFY(std::isinf(reading.sum));
    }

    void mistakesAreRefused_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("label");
        QTest::newRow("no name") << "gauge"
                                 << ""
                                 << "";
        QTest::newRow("digit first") << "gauge"
                                     << "9a"
                                     << "";
        QTest::newRow("blank") << "gauge"
                               << "a b"
                               << "";
        QTest::newRow("not ASCII") << "gauge"
                                   << "größe"
                                   << "";
        QTest::newRow("counter without _total") << "counter"
                                                << "requests"
                                                << "";
        QTest::newRow("label with colon") << "gauge"
                                          << "a"
                                          << "x:y";
        QTest::newRow("label of Prometheus' own") << "gauge"
                                                  << "a"
                                                  << "__name__";
        QTest::newRow("le of a histogram") << "histogram"
                                           << "a"
                                           << "le";
    }
    void mistakesAreRefused()
    {
        QFETCH(QString, kind);
        QFETCH(QString, name);
        QFETCH(QString, label);
        Registry registry;
        const Labels labels = label.isEmpty() ? Labels{} : Labels{{label.toStdString(), "1"}};
        const std::vector<double> bounds{1};
        const auto codeOf = [](const auto& made) { return made ? ErrorCode::Internal : made.error().code; };
        const ErrorCode code =
            kind == QStringLiteral("counter") ? codeOf(registry.counter(name.toStdString(), "A", labels))
            : kind == QStringLiteral("gauge") ? codeOf(registry.gauge(name.toStdString(), "A", labels))
                                              : codeOf(registry.histogram(name.toStdString(), "A", bounds, labels));
        QCOMPARE(code, ErrorCode::Invalid);
        QCOMPARE(registry.text(), std::string());
    }

    void anotherKindHelpOrBoundsIsAConflict()
    {
        Registry registry;
        const std::vector<double> bounds{1, 2}, others{1, 3}, falling{2, 1}, none;
        QVERIFY(registry.gauge("a", "A").has_value());
        QVERIFY(registry.histogram("h", "H", bounds, {{"x", "1"}}).has_value());
        QCOMPARE(registry.gauge("a", "B").error().code, ErrorCode::Conflict);
        QCOMPARE(registry.histogram("a", "A", bounds).error().code, ErrorCode::Conflict);
        QCOMPARE(registry.histogram("h", "H", others, {{"x", "2"}}).error().code, ErrorCode::Conflict);
        QCOMPARE(registry.histogram("i", "I", falling).error().code, ErrorCode::Invalid);
        QCOMPARE(registry.histogram("i", "I", none).error().code, ErrorCode::Invalid);
    }

    void labelSetsAreLimited()
    {
        Registry registry;
        for (std::size_t at = 0; at < Registry::kSeries; ++at)
            QVERIFY(registry.gauge("a", "A", {{"id", std::to_string(at)}}).has_value());
        QCOMPARE(registry.gauge("a", "A", {{"id", "one more"}}).error().code, ErrorCode::TooLarge);
        QVERIFY(registry.gauge("a", "A", {{"id", "0"}}).has_value());
    }

    void manyThreadsLoseNothing()
    {
        Registry registry;
        const std::vector<double> bounds{0.5};
        Counter& counter = *registry.counter("a_total", "A").value();
        Gauge& gauge = *registry.gauge("g", "G").value();
        Histogram& histogram = *registry.histogram("h", "H", bounds).value();
        std::vector<std::thread> threads;
        for (int thread = 0; thread < 4; ++thread)
            threads.emplace_back([&] {
                for (int at = 0; at < 20'000; ++at) {
                    counter.increment();
                    gauge.add(at % 2 == 0 ? 1 : -1);
                    histogram.observe(at % 4);
                    if (at % 5'000 == 0)
                        QVERIFY(!registry.text().empty());
                }
            });
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(counter.value(), 80'000.0);
        QCOMPARE(gauge.value(), 0.0);
        QCOMPARE(histogram.read().cumulative, (std::vector<std::uint64_t>{20'000, 80'000}));
        QCOMPARE(histogram.read().sum, 120'000.0);
    }

    void aTimerObservesSeconds()
    {
        const std::vector<double> bounds{0.02, 60};
        Histogram histogram(bounds);
        {
            const ScopedTimer timer(histogram);
            std::this_thread::sleep_for(std::chrono::milliseconds(25));
        }
        QCOMPARE(histogram.read().cumulative, (std::vector<std::uint64_t>{0, 1, 1}));
    }

    void theProcessIsRead()
    {
        Registry registry;
        addProcessMetrics(registry);
        const QString text = QString::fromStdString(registry.text());
        for (const char* name : {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds",
                 "process_threads", "process_start_time_seconds"}) {
            const QRegularExpression line(
                QStringLiteral("^%1 ([0-9.e+]+)$").arg(QLatin1String(name)), QRegularExpression::MultilineOption);
            const auto match = line.match(text);
            QVERIFY2(match.hasMatch(), name);
#ifdef Q_OS_WIN
            if (name == std::string_view("process_open_fds"))
                continue; // Wine does not count them
#endif
            QVERIFY2(match.captured(1).toDouble() > 0, name);
        }
    }
};

QTEST_APPLESS_MAIN(RegistryTest)
#include "registry_test.moc"
