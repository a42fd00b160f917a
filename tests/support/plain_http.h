// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

namespace sextant::test {

// For other projects' servers that a test starts: they take a port and answer without TLS.

/// A port of this machine that is free now; 0 when none can be had.
[[nodiscard]] quint16 freePort();

/// The body of the answer; empty when none comes.
[[nodiscard]] QByteArray plainGet(quint16 port, const QByteArray& path);

} // namespace sextant::test
