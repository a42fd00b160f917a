// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/service/requests.h"

#include <utility>

namespace sextant::agent {

Requests::Requests(From from, QObject* parent) : QObject(parent)
{
    if (from == From::Process)
        m_watch.emplace([this](process::Request request) { ask(request, std::string(process::requestName(request))); });
}

void Requests::ask(process::Request request, std::string name)
{
    QMetaObject::invokeMethod(
        this, [this, request, name = std::move(name)] { answer(request, name); }, Qt::QueuedConnection);
}

void Requests::answer(process::Request request, const std::string& name)
{
    const auto call = [](const std::function<void()>& function) {
        if (function)
            function();
    };
    switch (request) {
    case process::Request::Reload:
        return call(onReload);
    case process::Request::Suspend:
        return call(onSuspend);
    case process::Request::Resume:
        return call(onResume);
    case process::Request::Terminate:
    case process::Request::Interrupt:
        if (onStop)
            onStop(name);
    }
}

} // namespace sextant::agent
