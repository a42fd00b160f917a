// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/commands/termination.h"

namespace sextant::server {

Termination::Termination()
    : m_watch(
          [this](process::Request) { QMetaObject::invokeMethod(this, &Termination::requested, Qt::QueuedConnection); })
{
}

} // namespace sextant::server
