// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <set>
#include <thread>
#include <vector>

namespace sextant::test {

/// Two network namespaces and a bad wire between them: it loses packets, is slow, or forgets connections. The calling
/// thread (and what it starts) lives in the one from start() on, programs that call enterOther() in the other. The wire
/// is a pair of TUN devices and a thread that carries packets from one to the other, so that the kernel's own TCP has
/// to deal with it; no queueing discipline (netem) is needed. Linux, root, /dev/net/tun. Both namespaces have a
/// loopback of their own and go with the process.
class LossyLink {
public:
    static constexpr const char* kHere = "10.203.0.1";
    static constexpr const char* kThere = "10.203.0.2";

    ~LossyLink();

    /// Empty when it is up; otherwise why it cannot be had. Once.
    [[nodiscard]] QString start();
    /// For a child process, between fork and exec.
    void enterOther() const;
    /// Of 100 packets, each way.
    void setLossPercent(int percent) { m_lossPercent = percent; }
    /// Each way, from now on; what would wait longer than four seconds is lost. 0: as fast as it goes.
    void setBytesPerSecond(int bytes) { m_bytesPerSecond = bytes; }
    /// Of the TCP connections that there are, nothing goes through any more and neither end is told: they are half
    /// open. New ones are well.
    void forgetConnections() { m_forget = true; }

    [[nodiscard]] int carried() const { return m_carried; }
    [[nodiscard]] int lost() const { return m_lost; }
    /// Packets of connections that were forgotten.
    [[nodiscard]] int ignored() const { return m_ignored; }

private:
    using Clock = std::chrono::steady_clock;
    struct Packet {
        Clock::time_point due;
        std::vector<char> bytes;
    };
    struct Way {
        int from;
        int to;
        std::deque<Packet> packets{};
        Clock::time_point free{}; ///< when the last of them is through
    };
    using Ports = std::set<std::uint16_t>;

    void carry();
    void take(Way& way, std::vector<char> packet, bool isLost);
    [[nodiscard]] bool isForgotten(const std::vector<char>& packet, bool toThere);
    void deliver(Way& way);

    int m_here = -1;  ///< TUN devices
    int m_there = -1; ///< in the other namespace
    int m_other = -1; ///< the other namespace
    std::atomic<bool> m_going{true};
    std::atomic<int> m_lossPercent{0};
    std::atomic<int> m_bytesPerSecond{0};
    std::atomic<bool> m_forget{false};
    std::atomic<int> m_carried{0};
    std::atomic<int> m_lost{0};
    std::atomic<int> m_ignored{0};
    Ports m_seen;      ///< of the connections' far ends; the wire's thread
    Ports m_forgotten; ///< the wire's thread
    std::thread m_thread;
};

} // namespace sextant::test
