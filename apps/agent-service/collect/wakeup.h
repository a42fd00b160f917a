// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <functional>
#include <memory>

namespace sextant::agent {

/// Lets another thread, or a signal handler, call a function on the thread of the event loop that made this. Any number
/// of calls before the loop comes round are one. A pipe, and not a posted event, because writing to it is allowed in a
/// signal handler.
class Wakeup : public QObject {
    Q_OBJECT
public:
    explicit Wakeup(std::function<void()> woken, QObject* parent = nullptr);
    ~Wakeup() override;

    /// Any thread; async-signal-safe.
    void wake() const;

private:
    int m_read = -1;
    int m_write = -1;
    std::function<void()> m_woken;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace sextant::agent
