// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "process/request_watch.h"

#include <QObject>

#include <functional>
#include <string_view>

namespace sextant::agent {

/// What people and the system ask of the process, as calls on the event loop of the thread that made this. Made before
/// any other thread is started (process/request_watch.h).
class Requests : public QObject {
    Q_OBJECT
public:
    explicit Requests(QObject* parent = nullptr);

    std::function<void(std::string_view name)> onStop; ///< with what it is known by: "SIGTERM"
    std::function<void()> onReload;

private:
    void answer(process::Request request);

    process::RequestWatch m_watch; ///< last: its thread uses the others
};

} // namespace sextant::agent
