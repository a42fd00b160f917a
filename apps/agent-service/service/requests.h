// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "process/request_watch.h"

#include <QObject>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sextant::agent {

/// What people and the system ask of the process, as calls on the event loop of the thread that made this.
class Requests : public QObject {
    Q_OBJECT
public:
    enum class From {
        Process,       ///< signals or the console (process/request_watch.h): made before any other thread is started
        ServiceManager ///< only what ask() is told
    };
    explicit Requests(From from = From::Process, QObject* parent = nullptr);

    std::function<void(std::string_view name)> onStop; ///< with what it is known by: "SIGTERM"
    std::function<void()> onReload;
    std::function<void()> onSuspend;
    std::function<void()> onResume;

    /// From any thread. `name`: what an admin knows it by.
    void ask(process::Request request, std::string name);

private:
    void answer(process::Request request, const std::string& name);

    std::optional<process::RequestWatch> m_watch; ///< last: its thread uses the others
};

} // namespace sextant::agent
