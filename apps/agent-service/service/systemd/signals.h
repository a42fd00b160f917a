// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <functional>
#include <memory>

namespace sextant::agent {

/// Turns SIGTERM, SIGINT and SIGHUP into calls on the event loop, by a signalfd: nothing runs in a signal handler. Made
/// before any thread is started, so that all threads have the signals blocked. Ignores SIGPIPE.
class Signals : public QObject {
    Q_OBJECT
public:
    explicit Signals(QObject* parent = nullptr);
    ~Signals() override;

    std::function<void()> onStop;   ///< SIGTERM, SIGINT
    std::function<void()> onReload; ///< SIGHUP

private:
    void read();

    int m_descriptor = -1;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace sextant::agent
