// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// A program of this machine that runs containers and speaks Docker's API over a local socket.
struct ContainerEngine {
    std::string runtime;   ///< "docker", "podman"
    std::string address;   ///< a socket's path, on Windows a pipe's
    bool onDemand = false; ///< systemd starts it for a question, and it ends some seconds later
};

/// What its list says of one. Names and words are printable ASCII of at most 255 bytes.
struct EngineContainer {
    std::string id;    ///< 64 hex digits
    std::string name;  ///< empty where it has none: a container that is being removed
    std::string image; ///< as it was given: "nginx:1.27", or a digest
    std::string state; ///< the engine's word: "running", "exited", "created", "paused", "restarting", "dead"…
    std::optional<bool> healthy;
    std::optional<std::chrono::sys_seconds> created;
};

constexpr std::size_t kMaxEngineAnswer = std::size_t(16) << 20;

/// Those that this machine may have; whether they are there shows when they are asked.
[[nodiscard]] std::vector<ContainerEngine> containerEngines(const Roots& roots);

/// Whether it is one on demand that would be started by a question now.
[[nodiscard]] bool sleeps(const ContainerEngine& engine, const Roots& roots);

/// The body of the answer to GET `path`. Never takes longer than until `deadline`: TimedOut then; NotFound without the
/// engine, Denied for those who may not ask, Unreachable when nobody listens, TooLarge past kMaxEngineAnswer, Malformed
/// or Io for what is no good answer. Any thread.
[[nodiscard]] Result<std::string> askEngine(
    const ContainerEngine& engine, const std::string& path, std::chrono::steady_clock::time_point deadline);

/// Those that run, paused or not, or all that it knows, at most kMaxContainers. Fails as askEngine() does.
[[nodiscard]] Result<std::vector<EngineContainer>> listContainers(
    const ContainerEngine& engine, bool all, std::chrono::steady_clock::time_point deadline);

} // namespace sextant::platform
