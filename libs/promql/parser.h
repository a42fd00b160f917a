// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "promql/ast.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sextant::promql {

inline constexpr std::size_t kQueryBytes = 64 * 1024;
inline constexpr std::size_t kNestingDepth = 200;
inline constexpr std::size_t kRegexInstructions = 1'000'000; ///< of all regular expressions together, about 16 MiB

/// Reads a query. Errors: Invalid (the text says where: "1:5: parse error: …", line and column from 1, the column in
/// bytes as Prometheus counts it), TooLarge (kQueryBytes, kRegexInstructions, or a tree that is more than
/// kNestingDepth high). Pure.
[[nodiscard]] Result<ExprPtr> parse(std::string_view query);

/// Whether a selector may be one that matches every series: `{}`.
enum class MatchAll : std::uint8_t { Refused, Allowed };

/// Reads what stands for series in the API: `match[]=…`, a selector without range, offset or `@`. Errors: as parse();
/// Invalid, without a place, when it would match every series and may not.
[[nodiscard]] Result<std::vector<Matcher>> parseSeriesSelector(
    std::string_view text, MatchAll matchAll = MatchAll::Refused);

/// Reads a duration as PromQL writes it: `1h30m`, `5m`, `250ms`. Milliseconds, more than 0. Errors: Invalid, with
/// Prometheus' text but without a place.
[[nodiscard]] Result<std::int64_t> parseDuration(std::string_view text);

/// The query as one line, and `pretty` over several lines as Prometheus' format_query writes it. parse(print(e)) gives
/// the same tree.
[[nodiscard]] std::string print(const Expr& expr);
[[nodiscard]] std::string pretty(const Expr& expr);

} // namespace sextant::promql
