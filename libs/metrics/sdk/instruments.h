// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace sextant::metrics::sdk {

// What a program counts with. Made by a Registry (sdk/registry.h), which owns them; a reference stays good as long as
// it lives. Every call may come from any thread, takes no lock and allocates nothing.

static_assert(std::atomic<double>::is_always_lock_free && std::atomic<std::uint64_t>::is_always_lock_free);

/// A number that only grows: requests, bytes, errors. Its name ends in `_total`.
class Counter {
public:
    /// Less than 0 and what is no number are left out: a counter that falls would look like a restart.
    void increment(double by = 1)
    {
        if (by >= 0)
            m_value.fetch_add(by, std::memory_order_relaxed);
    }
    [[nodiscard]] double value() const { return m_value.load(std::memory_order_relaxed); }

private:
    std::atomic<double> m_value = 0;
};

/// A number that goes up and down: what is in a queue, a temperature.
class Gauge {
public:
    void set(double value) { m_value.store(value, std::memory_order_relaxed); }
    void add(double by) { m_value.fetch_add(by, std::memory_order_relaxed); }
    [[nodiscard]] double value() const { return m_value.load(std::memory_order_relaxed); }

private:
    std::atomic<double> m_value = 0;
};

/// How values spread: a count per bucket, their number and their sum. Classic buckets: each counts what is at most its
/// upper bound, and the last one, `+Inf`, everything.
class Histogram {
public:
    /// Upper bounds, rising and finite: what a Registry has checked.
    explicit Histogram(std::span<const double> bounds);

    /// What is no number is left out: it belongs into no bucket.
    void observe(double value);

    /// One moment's view. The count is that of the buckets; the sum may already hold a value that no bucket has yet.
    struct Reading {
        std::vector<std::uint64_t> cumulative; ///< per bound, then `+Inf`
        double sum = 0;
    };
    [[nodiscard]] Reading read() const;
    [[nodiscard]] const std::vector<double>& bounds() const { return m_bounds; }

private:
    std::vector<double> m_bounds;
    std::unique_ptr<std::atomic<std::uint64_t>[]> m_counts; ///< per bound and one for what is above all of them
    std::atomic<double> m_sum = 0;
};

/// Bounds for seconds that a request takes: 5 ms to 10 s.
[[nodiscard]] std::vector<double> durationBounds();

/// Observes the seconds from its making to its end.
class ScopedTimer {
public:
    explicit ScopedTimer(Histogram& histogram) : m_histogram(histogram), m_started(std::chrono::steady_clock::now()) {}
    ~ScopedTimer()
    {
        m_histogram.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - m_started).count());
    }
    ScopedTimer(const ScopedTimer&) = delete;
    ScopedTimer& operator=(const ScopedTimer&) = delete;

private:
    Histogram& m_histogram;
    std::chrono::steady_clock::time_point m_started;
};

} // namespace sextant::metrics::sdk
