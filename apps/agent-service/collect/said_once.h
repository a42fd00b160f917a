// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace sextant::agent {

/// Keeps from a collector's warnings those that it gave at its reading before: what an account may not do, it may not
/// do an hour later either, and the log has it already. One that was gone in between is told again.
class SaidOnce {
public:
    /// Of a reading's warnings those that are new.
    [[nodiscard]] std::vector<std::string> news(std::vector<std::string> warnings)
    {
        const std::vector<std::string> before = std::exchange(m_said, warnings);
        std::erase_if(warnings, [&](const std::string& text) { return std::ranges::count(before, text) > 0; });
        return warnings;
    }

private:
    std::vector<std::string> m_said;
};

} // namespace sextant::agent
