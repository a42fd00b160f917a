// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string_view>

namespace sextant::process {

/// What a program can be told by `service …`. The last two are for installers only.
enum class ServiceAction { Install, Uninstall, Start, Stop, Status, Run, InstallFinish, UninstallFinish };

/// "install", "uninstall", "start", "stop", "status", "run", "install-finish", "uninstall-finish".
[[nodiscard]] std::optional<ServiceAction> parseServiceAction(std::string_view text);

} // namespace sextant::process
