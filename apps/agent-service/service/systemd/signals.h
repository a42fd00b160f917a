// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <functional>
#include <memory>
#include <string_view>

namespace sextant::agent {

/// Turns SIGTERM, SIGINT and SIGHUP into calls on the event loop, by a signalfd: nothing runs in a signal handler. Made
/// before any thread is started, so that all threads have the signals blocked. Ignores SIGPIPE, and
/// SIGXFSZ, so that a limit on files is an error of a write like a full disk.
class Signals : public QObject {
    Q_OBJECT
public:
    explicit Signals(QObject* parent = nullptr);
    ~Signals() override;

    std::function<void(std::string_view name)> onStop; ///< "SIGTERM" or "SIGINT"
    std::function<void()> onReload;                    ///< SIGHUP

private:
    void read();

    int m_descriptor = -1;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace sextant::agent
