// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/container_engine.h"
#include "platform/containers.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// The request that askEngine() sends. In HTTP/1.0, because a server may then not answer in chunks (RFC 9112 §7.1), and
/// closes after its answer.
[[nodiscard]] std::string engineRequest(std::string_view path);

/// The body of a whole response: what came until the connection was closed. Denied, NotFound or Io for another status
/// than 200; Malformed when it is no response, comes in chunks or is shorter than it says.
[[nodiscard]] Result<std::string> engineBody(std::string_view response);

/// The answer to /containers/json of Docker's API, 1.24 to 1.51, and of Podman, which speaks it. Entries without a
/// proper id are left out; those past kMaxContainers are, too. Malformed when it is no JSON list.
[[nodiscard]] Result<std::vector<EngineContainer>> parseEngineList(std::string_view json);

/// What only /containers/{id}/json tells.
struct EngineDetails {
    std::optional<std::chrono::sys_seconds> started; ///< absent when it never was
    std::optional<std::uint64_t> restarts;           ///< by the engine, since it was made
    std::optional<std::uint64_t> exitCode;           ///< of one that does not run
    std::string health;                              ///< "healthy", "unhealthy", "starting"; empty without a check
};
[[nodiscard]] Result<EngineDetails> parseEngineDetails(std::string_view json);

/// The answer to /containers/{id}/stats?stream=false as numbers of a Container without id and name; from Windows and
/// from Linux (Docker Desktop), which count in other units. Malformed when it is no JSON object.
[[nodiscard]] Result<Container> parseEngineStats(std::string_view json);

/// RFC 3339, to the second; nothing for the year 1, by which Go says never.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parseEngineTime(std::string_view text);

/// The text with '?' for what is no printable ASCII, at most 255 bytes: a name for a label and a log.
[[nodiscard]] std::string printableName(std::string_view text);

/// 64 lower-case hex digits.
[[nodiscard]] bool isContainerId(std::string_view text);

} // namespace sextant::platform::parse
