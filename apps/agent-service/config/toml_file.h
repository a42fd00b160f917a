// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace sextant::agent {

/// One `key = value` of a TOML file, flattened: `level` in `[log]` is "log.level".
struct TomlEntry {
    enum class Kind { Text, Number, Flag, Other };

    std::string key;
    std::string text; ///< strings without quotes, numbers and flags as written; empty for Other
    Kind kind = Kind::Other;
    unsigned line = 0; ///< from 1
};

/// Reads TOML 1.0. `name` is what error messages call the file. Malformed with "name:line: …" when it is no TOML.
/// TooLarge past 1 MiB. This is the one place that sees the TOML library.
[[nodiscard]] Result<std::vector<TomlEntry>> parseToml(std::string_view text, std::string_view name);

/// The same for a file. NotFound, Denied or Io when it cannot be read.
[[nodiscard]] Result<std::vector<TomlEntry>> readTomlFile(const std::string& path);

} // namespace sextant::agent
