// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sextant::server::http {

/// Names and values of a query, or of a body of the type application/x-www-form-urlencoded.
using Form = std::vector<std::pair<std::string, std::string>>;

/// A request target (RFC 9112 §3.2) taken apart: the path, percent-decoded segment by segment, and the query's names
/// and values in order, decoded. A plain value.
struct Target {
    std::string path;                  ///< decoded; starts with '/'
    std::vector<std::string> segments; ///< "/a/b%2Fc" is {"a", "b/c"}; "/" is {}
    Form query;                        ///< a name may come more than once
};

/// Reads `a=1&b=x+y%2F`. Values may hold line breaks and tabs. Malformed for bad percent encoding, for bytes that are
/// not UTF-8 and for other control characters.
[[nodiscard]] Result<Form> parseForm(std::string_view text);

/// Reads origin form ("/a?b=c") and absolute form ("https://host/a"). Malformed for anything else, for bad percent
/// encoding, for bytes that are not UTF-8, for control characters and for "." and ".." segments.
[[nodiscard]] Result<Target> parseTarget(std::string_view text);

} // namespace sextant::server::http
