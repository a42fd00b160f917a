// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/services.h"

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// The properties that parseUnits() understands (org.freedesktop.systemd1(5)).
inline constexpr std::string_view kUnitProperties =
    "Id,Description,LoadState,ActiveState,SubState,Result,UnitFileState,TriggeredBy,MainPID,NRestarts,ExecMainStatus,"
    "User,ExecStart,Restart,RestartUSec";

/// What `systemctl show` prints of them: "Property=value" lines in any order, an empty line between two units. Units
/// that do not exist and are only named by others are left out, and so are properties that older versions do not have.
[[nodiscard]] std::vector<Service> parseUnits(std::string_view text);

/// What `systemctl list-unit-files --no-legend` prints: "ssh.service enabled enabled". Services that are not among
/// `loaded`, stopped; without templates and other names of a service.
[[nodiscard]] std::vector<Service> parseUnitFiles(std::string_view text, const std::vector<Service>& loaded);

/// A span as systemd prints it: "100ms", "1min 30s", "infinity" (nothing), at most a year.
[[nodiscard]] std::optional<std::chrono::milliseconds> parseTimeSpan(std::string_view text);

} // namespace sextant::platform::parse
