// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "logging/log.h"

#include <cstdint>
#include <set>
#include <string>

namespace sextant::agent {

/// What the server left out of batches that it took (the body of a 200, docs/api.md): counted, and each kind of reason
/// logged once with what to do about it. Does not own the log; one thread.
class RefusedRows {
public:
    explicit RefusedRows(logging::Log& log) : m_log(log) {}

    /// Takes the body of an answer; one without reasons changes nothing.
    void note(const std::string& body);

    /// Rows since the start.
    [[nodiscard]] std::uint64_t count() const { return m_count; }

private:
    logging::Log& m_log;
    std::set<std::string> m_said; ///< reasons
    std::uint64_t m_count = 0;
};

} // namespace sextant::agent
