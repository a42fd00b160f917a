// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/document_collector.h"
#include "platform/container_list.h"
#include "platform/hardware.h"
#include "platform/packages.h"
#include "platform/services.h"
#include "platform/updates.h"

#include <cstddef>

namespace sextant::agent {

/// What was read of the machine as the documents that docs/api.md describes. What is not known is not in them. Texts
/// that are no UTF-8 come out with U+FFFD where they are not.
///
/// A list whose entries take more than kListLimit bytes ends where they would, in its own order; `total` counts all of
/// them, `truncated` says that there are more than are listed.
constexpr std::size_t kListLimit = 1'000'000;

[[nodiscard]] DocumentText documentOf(const platform::ContainerListReading& reading);
[[nodiscard]] DocumentText documentOf(const platform::Hardware& hardware);
[[nodiscard]] DocumentText documentOf(const platform::PackagesReading& reading);
[[nodiscard]] DocumentText documentOf(const platform::ServicesReading& reading);
[[nodiscard]] DocumentText documentOf(const platform::UpdatesReading& reading);

} // namespace sextant::agent
