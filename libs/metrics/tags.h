// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/labels.h"
#include "metrics/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace sextant::metrics {

// Tags of a host: what its admin says of it ("role=web,site=hel"), to group and find hosts by. They are Labels; queries
// see them as labels of `sextant_host_info`.

inline constexpr std::size_t kMaxTags = 32;      ///< of a host
inline constexpr std::size_t kMaxTagName = 64;   ///< bytes
inline constexpr std::size_t kMaxTagValue = 128; ///< bytes

/// Whether this may be a tag: a name as Prometheus has it for labels (not beginning with "__", which it keeps for
/// itself) and a value of UTF-8 without control characters, not empty. Invalid, with what was expected.
[[nodiscard]] Result<void> checkTag(const Label& tag);

/// Reads "role=web,site=hel", sorted by name; blanks around a tag do not count, and a text of blanks is no tags. A
/// comma ends a value. Invalid: which tag is wrong, and what was expected.
[[nodiscard]] Result<Labels> parseTags(std::string_view text);

/// What parseTags() reads, for tags without commas.
[[nodiscard]] std::string tagText(const Labels& tags);

} // namespace sextant::metrics
