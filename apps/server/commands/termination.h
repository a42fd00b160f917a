// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <memory>

namespace sextant::server {

/// Turns SIGTERM and SIGINT into a Qt signal on the main thread, and makes SIGPIPE harmless. One object per process,
/// made by the run command before other threads start.
class Termination : public QObject {
    Q_OBJECT

public:
    Termination();

signals:
    void requested();

private:
    std::unique_ptr<QSocketNotifier> m_notifier;
};

/// Lets this process open as many files and sockets as the system allows it; gives that number, 0 when it is not known.
std::size_t raiseDescriptorLimit();

} // namespace sextant::server
