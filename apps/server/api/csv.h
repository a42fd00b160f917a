// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "promql/evaluator.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace sextant::server {

/// Points as CSV (RFC 4180, CRLF, a header line): a line per point with its time (ISO 8601, UTC, milliseconds), its
/// value (the shortest text that reads back as the same number; `NaN`, `+Inf`, `-Inf`) and a column per label name of
/// any series, sorted; empty where a series does not have the label. A name or label that a spreadsheet would take for
/// a formula (it begins with `=`, `+`, `-`, `@`, tab or CR) gets an apostrophe in front.
///
/// TooLarge: the text passed `maxBytes`. Invalid: a time outside of the years 0 to 9999.
[[nodiscard]] Result<std::string> toCsv(const promql::MatrixValue& series, std::size_t maxBytes);

/// One field of text: in quotes where it needs them, with the apostrophe where it could be taken for a formula.
void appendCsvField(std::string& csv, std::string_view text);

} // namespace sextant::server
