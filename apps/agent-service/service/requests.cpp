// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/service/requests.h"

namespace sextant::agent {

Requests::Requests(QObject* parent)
    : QObject(parent), m_watch([this](process::Request request) {
          QMetaObject::invokeMethod(
              this, [this, request] { answer(request); }, Qt::QueuedConnection);
      })
{
}

void Requests::answer(process::Request request)
{
    if (request == process::Request::Reload) {
        if (onReload)
            onReload();
    } else if (onStop) {
        onStop(process::requestName(request));
    }
}

} // namespace sextant::agent
