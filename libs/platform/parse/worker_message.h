// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::platform {

/// What a worker is asked and what it answers: texts, or nothing where a value is not there. The first text of a
/// question is its verb.
using WorkerRow = std::vector<std::optional<std::string>>;
using WorkerRows = std::vector<WorkerRow>;

} // namespace sextant::platform

namespace sextant::platform::parse {

/// The longest message, in bytes.
inline constexpr std::size_t kMaxWorkerMessage = 16 << 20;

/// The four bytes before every message: its size, the lowest byte first.
[[nodiscard]] std::string packSize(std::size_t size);
/// The size that such bytes say; TooLarge above kMaxWorkerMessage, Malformed for fewer bytes.
[[nodiscard]] Result<std::size_t> parseSize(std::string_view bytes);

/// A message: how many rows, and of each how many texts, and of each its size and bytes; 0xffffffff is the size of
/// nothing. Numbers are four bytes, the lowest first.
[[nodiscard]] std::string packRows(const WorkerRows& rows);
/// Malformed for everything that packRows() does not write.
[[nodiscard]] Result<WorkerRows> parseRows(std::string_view message);

/// An answer as a message: a row that says how it went, and the rows.
[[nodiscard]] std::string packAnswer(const Result<WorkerRows>& answer);
/// The answer, or Malformed.
[[nodiscard]] Result<WorkerRows> parseAnswer(std::string_view message);

} // namespace sextant::platform::parse
