// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// A container that there is, running or not. What nobody tells is empty or absent.
struct ListedContainer {
    std::string name; ///< as in Container
    std::string id;   ///< the first 12 digits; of LXC and nspawn, which have none, empty
    std::string runtime;
    std::string image;
    std::string state;  ///< the engine's word; "running" where only the kernel tells of it
    std::string health; ///< "healthy", "unhealthy", "starting"
    std::optional<std::chrono::sys_seconds> created;
    std::optional<std::chrono::sys_seconds> started; ///< for the last time
    std::optional<std::uint64_t> restarts;           ///< by the engine, since it was made
    std::optional<std::uint64_t> exitCode;           ///< of one that ended
};

/// By runtime and name.
struct ContainerListReading {
    std::vector<ListedContainer> containers;
    std::vector<std::string> warnings;
};

/// Lists all that the engines know, and what else runs. When a container was started, how often and how it ended needs
/// a question for each; they are asked again when the container's state changes, when it has been up for less than a
/// minute, and after ten minutes, at most 200 in a reading, oldest answers first. An engine that a question has to
/// start is asked for all of it in the two readings after one of its containers began or ended, and every ten minutes,
/// but not again while it has none; in between, what it said last is given. May take 20 s when an engine does not
/// answer: for a thread of its own. NotAvailable where there are none, and on systems where none can be read. One
/// thread at a time.
class ContainerListReader {
public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    explicit ContainerListReader(Roots roots, Clock clock = std::chrono::steady_clock::now);
    ~ContainerListReader();
    ContainerListReader(const ContainerListReader&) = delete;
    ContainerListReader& operator=(const ContainerListReader&) = delete;

    [[nodiscard]] Result<ContainerListReading> read();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sextant::platform
