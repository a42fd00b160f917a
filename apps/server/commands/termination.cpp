// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/commands/termination.h"

namespace sextant::server {

Termination::Termination(From from)
{
    if (from == From::Process)
        m_watch.emplace([this](process::Request) { ask(); });
}

void Termination::ask()
{
    QMetaObject::invokeMethod(this, &Termination::requested, Qt::QueuedConnection);
}

} // namespace sextant::server
