// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/linux/process_folder.h"
#include "platform/system.h"

namespace sextant::platform {

/// Counts processes by state: one open, one read and one close each, and no allocation. One thread at a time.
class ProcessCounter {
public:
    explicit ProcessCounter(const std::string& procPath) : m_processes(procPath) {}

    [[nodiscard]] Result<ProcessCounts> count();

private:
    ProcessFolder m_processes;
};

} // namespace sextant::platform
