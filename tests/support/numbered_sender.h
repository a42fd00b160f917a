// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/batch.h"
#include "support/test_host.h"

#include <QByteArray>
#include <QString>

#include <atomic>
#include <cstdint>
#include <random>
#include <thread>

namespace sextant::test {

/// Time of numbered batches: batch n of a sender is of startMs + n × stepMs.
struct NumberedTimes {
    std::int64_t startMs = 0;
    std::int64_t stepMs = 1'000;
};

/// An agent at its plainest: sends one batch after another over mutual TLS, each of whose rows tells the batch's number
/// (one row of cpu, six of cpu_core, one of memory), and sends a batch again, under the same id, until it is
/// acknowledged. Now and then it sends an acknowledged one again. It works on a thread of its own; the counters may be
/// read from any.
class NumberedSender {
public:
    static constexpr int kCores = 6;

    NumberedSender(const QString& url, const QByteArray& caPem, const TestHost& host, NumberedTimes times);
    ~NumberedSender() { finish(); }
    NumberedSender(const NumberedSender&) = delete;
    NumberedSender& operator=(const NumberedSender&) = delete;

    void start();
    /// Ends after the batch under way, which may stay unacknowledged.
    void finish();

    /// That batch, under a new id. Not while it sends.
    [[nodiscard]] metrics::Batch batch(std::int64_t number);

    [[nodiscard]] qint64 host() const { return m_host.id; }
    [[nodiscard]] NumberedTimes times() const { return m_times; }
    /// So many batches, from number 0, were acknowledged; the next one may have been sent.
    [[nodiscard]] std::int64_t acknowledged() const { return m_acknowledged; }
    /// Answers other than 204 and 503, which no batch here deserves.
    [[nodiscard]] int refusals() const { return m_refusals; }
    /// Answers 503.
    [[nodiscard]] int busy() const { return m_busy; }
    [[nodiscard]] int repeats() const { return m_repeats; }
    /// Batches that were sent and never answered: a kill came in between.
    [[nodiscard]] int cutOff() const { return m_cutOff; }

private:
    void run();
    bool deliver(HttpsClient& client, const metrics::Batch& batch);

    QString m_url;
    QByteArray m_caPem;
    TestHost m_host;
    NumberedTimes m_times;
    std::mt19937 m_random;
    std::atomic<bool> m_going{true};
    std::atomic<std::int64_t> m_acknowledged{0};
    std::atomic<int> m_refusals{0};
    std::atomic<int> m_busy{0};
    std::atomic<int> m_repeats{0};
    std::atomic<int> m_cutOff{0};
    std::thread m_thread;
};

} // namespace sextant::test
