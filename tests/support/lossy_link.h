// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <atomic>
#include <thread>

namespace sextant::test {

/// Two network namespaces and a wire between them that loses packets: the calling thread (and what it starts) lives in
/// the one from start() on, programs that call enterOther() in the other. The wire is a pair of TUN devices and a
/// thread that carries packets from one to the other, so that the kernel's own TCP has to deal with the loss; no
/// queueing discipline (netem) is needed. Linux, root, /dev/net/tun. Both namespaces have a loopback of their own and
/// go with the process.
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

    [[nodiscard]] int carried() const { return m_carried; }
    [[nodiscard]] int lost() const { return m_lost; }

private:
    void carry();

    int m_here = -1;  ///< TUN devices
    int m_there = -1; ///< in the other namespace
    int m_other = -1; ///< the other namespace
    std::atomic<bool> m_going{true};
    std::atomic<int> m_lossPercent{0};
    std::atomic<int> m_carried{0};
    std::atomic<int> m_lost{0};
    std::thread m_thread;
};

} // namespace sextant::test
