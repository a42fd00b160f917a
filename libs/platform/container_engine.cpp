// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/container_engine.h"

#include "platform/parse/container_engine.h"

namespace sextant::platform {

Result<std::vector<EngineContainer>> listContainers(
    const ContainerEngine& engine, bool all, std::chrono::steady_clock::time_point deadline)
{
    // {"status":["running","paused"]}: without it Podman leaves out those that are paused.
    constexpr const char* kRunning = "/containers/json?filters=%7B%22status%22%3A%5B%22running%22%2C%22paused%22%5D%7D";
    return askEngine(engine, all ? "/containers/json?all=1" : kRunning, deadline).and_then([](const std::string& body) {
        return parse::parseEngineList(body);
    });
}

} // namespace sextant::platform
