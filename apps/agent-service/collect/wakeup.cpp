// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/wakeup.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace sextant::agent {

Wakeup::Wakeup(std::function<void()> woken, QObject* parent) : QObject(parent), m_woken(std::move(woken))
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        qFatal("no file descriptors left for a pipe"); // at start: there is nothing to go on with
    m_read = ends[0];
    m_write = ends[1];
    m_notifier = std::make_unique<QSocketNotifier>(m_read, QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, [this] {
        std::array<char, 64> bytes{};
        while (::read(m_read, bytes.data(), bytes.size()) > 0) {
        }
        m_woken();
    });
}

Wakeup::~Wakeup()
{
    m_notifier.reset();
    ::close(m_read);
    ::close(m_write);
}

void Wakeup::wake() const
{
    const int before = errno;
    // A full pipe is as good as one byte: the loop is going to be woken anyway.
    [[maybe_unused]] const ssize_t written = ::write(m_write, "", 1);
    errno = before;
}

} // namespace sextant::agent
