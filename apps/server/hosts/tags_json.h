// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/labels.h"

#include <QJsonObject>

namespace sextant::server {

// A host's tags as the table `host_state` and the API have them: `{"role": "web", "site": "hel"}`. Pure.

[[nodiscard]] QJsonObject tagsToJson(const metrics::Labels& tags);
/// Sorted by name. What is no text is an empty one.
[[nodiscard]] metrics::Labels tagsFromJson(const QJsonObject& json);

} // namespace sextant::server
