// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

namespace sextant::platform {

/// What this process itself costs.
struct SelfReading {
    std::chrono::nanoseconds cpuTime{};          ///< user and kernel code, all threads
    std::uint64_t residentBytes = 0;             ///< in RAM, shared libraries included
    std::optional<std::uint64_t> anonymousBytes; ///< in RAM and its own: heap and stacks
    std::uint64_t openFiles = 0;
    std::uint64_t threads = 0;
    std::chrono::system_clock::time_point started;
};

/// Reads this process. Always the live one: roots do not matter. Owns its open files; one thread at a time.
class SelfReader {
public:
    SelfReader();
    ~SelfReader();
    SelfReader(const SelfReader&) = delete;
    SelfReader& operator=(const SelfReader&) = delete;

    [[nodiscard]] Result<SelfReading> read();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sextant::platform
