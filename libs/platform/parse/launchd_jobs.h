// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/services.h"

#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// What `launchctl list` prints on macOS: a head, then for each job its process (or "-"), how it ended last and its
/// label, by tabs. An end is an exit code or, with a minus, a signal; a job that does not run and ended in such a way
/// has failed. But by SIGTERM and SIGKILL launchd and the kernel end jobs that nobody needs now, dozens on a healthy
/// Mac: those are stopped. At most kMaxLaunchdJobs. Malformed without the head: the list is no interface and may
/// change.
inline constexpr std::size_t kMaxLaunchdJobs = 10'000;
[[nodiscard]] Result<std::vector<Service>> parseLaunchdJobs(std::string_view text);

/// Marks the services that `launchctl print-disabled system` names as disabled ("label" => disabled; before macOS 13
/// true), and adds those of them that are not loaded.
void applyDisabledJobs(std::string_view text, std::vector<Service>& services);

} // namespace sextant::platform::parse
