// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "process/request_watch.h"

#include <QObject>

namespace sextant::server {

/// Turns what ends the process (SIGTERM, SIGINT, SIGHUP; Ctrl+C) into a Qt signal on the main thread. One object per
/// process, made by the run command before other threads start (process/request_watch.h).
class Termination : public QObject {
    Q_OBJECT

public:
    Termination();

signals:
    void requested();

private:
    process::RequestWatch m_watch;
};

} // namespace sextant::server
