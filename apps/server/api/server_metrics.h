// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sextant::server {

/// What the HTTP side counts about itself, for GET /metrics. Counting is one relaxed atomic addition; any thread.
class ServerMetrics {
public:
    static constexpr std::size_t kMaxRoutes = 256;

    /// `route`: its place in routes(), -1 for none.
    void countAnswer(int route, int status);
    void countLoginFailure() { ++m_loginFailures; }
    void countLockOut() { ++m_lockOuts; }
    void countRefusedCredential() { ++m_refusedCredentials; }
    void countEnrolment() { ++m_enrolments; }

    [[nodiscard]] std::uint64_t answers(int route, int statusClass) const;
    [[nodiscard]] std::uint64_t loginFailures() const { return m_loginFailures; }
    [[nodiscard]] std::uint64_t lockOuts() const { return m_lockOuts; }
    [[nodiscard]] std::uint64_t refusedCredentials() const { return m_refusedCredentials; }
    [[nodiscard]] std::uint64_t enrolments() const { return m_enrolments; }

private:
    using StatusClasses = std::array<std::atomic<std::uint64_t>, 6>;
    std::array<StatusClasses, kMaxRoutes + 1> m_answers{};
    std::atomic<std::uint64_t> m_loginFailures = 0;
    std::atomic<std::uint64_t> m_lockOuts = 0;
    std::atomic<std::uint64_t> m_refusedCredentials = 0;
    std::atomic<std::uint64_t> m_enrolments = 0;
};

} // namespace sextant::server
