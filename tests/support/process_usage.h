// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

namespace sextant::test {

// What a process used, from /proc. Whoever cannot read it has no figure to report: ends the program.

/// CPU seconds since its start, all threads, system and user.
[[nodiscard]] double cpuSecondsOf(qint64 processId);
/// The same of a process and of its children, those that have ended too.
[[nodiscard]] double cpuSecondsWithChildrenOf(qint64 processId);
/// What it has in memory now.
[[nodiscard]] double residentMiBOf(qint64 processId);

} // namespace sextant::test
