// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "process/request_watch.h"

#include <QObject>

#include <optional>

namespace sextant::server {

/// Turns what ends the process into a Qt signal on the thread that made this. One object per process.
class Termination : public QObject {
    Q_OBJECT

public:
    enum class From {
        Process,       ///< SIGTERM, SIGINT, SIGHUP; Ctrl+C: made before other threads start (process/request_watch.h)
        ServiceManager ///< only ask()
    };
    explicit Termination(From from = From::Process);

    /// From any thread.
    void ask();

signals:
    void requested();

private:
    std::optional<process::RequestWatch> m_watch;
};

} // namespace sextant::server
