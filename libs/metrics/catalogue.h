// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/value.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sextant::metrics {

/// What a column's number does over time.
enum class Kind : std::uint8_t {
    Gauge,   ///< goes up and down
    Counter, ///< only grows, from 0 at a start of the machine; falls only by a reset. Named `…_total`.
};

/// The unit of a column as people read it. Base units only, as Prometheus asks for, except Percent, which has scale 2.
enum class Unit : std::uint8_t { None, Percent, Bytes, Seconds, BytesPerSecond, Boolean, Celsius };

/// Where a column can have a value. A set of bits.
using OsMask = std::uint8_t;
inline constexpr OsMask kLinux = 1, kWindows = 2, kFreeBsd = 4, kDarwin = 8;
inline constexpr OsMask kAnyOs = kLinux | kWindows | kFreeBsd | kDarwin;

/// How a column's values are held: fixed-point integers (`scale` decimal digits) or doubles.
enum class Storage : std::uint8_t { Fixed, Real };

/// One number of a family. Declared once, in families.h. `number` and `scale` are part of the wire and of stored data:
/// they never change and are never used again once a version with them was released.
struct Column {
    std::uint32_t number; ///< on the wire; unique within the family, from 1
    std::string_view name;
    Unit unit;
    Kind kind;
    std::uint8_t scale; ///< decimal digits kept after the point: stored = value × 10^scale; 0 for Storage::Real
    std::string_view help;
    OsMask os = kAnyOs;
    Storage storage = Storage::Fixed;
};

/// A family: the columns that are read together, and the label keys that tell its instances (rows) apart.
struct Family {
    std::string_view name;
    std::span<const std::string_view> labels; ///< label keys in order; empty when there is one row per host
    std::span<const Column> columns;
    std::string_view help;
};

/// Every family, in the order in which documents list them.
[[nodiscard]] std::span<const Family> families();

/// The family of that name, or null when there is none.
[[nodiscard]] const Family* findFamily(std::string_view name);

/// The position in `family.columns` of the column with that name or wire number.
[[nodiscard]] std::optional<std::size_t> columnIndex(const Family& family, std::string_view name);
[[nodiscard]] std::optional<std::size_t> columnIndex(const Family& family, std::uint32_t number);

/// The Prometheus name: `system_` + family + `_` + column. The family `system` adds no word of its own
/// (`system_uptime_seconds`, not `system_system_uptime_seconds`). `custom` has no such name: its metrics bring theirs.
[[nodiscard]] std::string prometheusName(const Family& family, const Column& column);

/// 10^scale, by which a value of this column is multiplied when it is stored.
[[nodiscard]] std::int64_t scaleFactor(const Column& column);

/// The number that people read. Absent stays empty.
[[nodiscard]] std::optional<double> toDouble(Value value, const Column& column);

/// The cell for a number. Not finite, or too large for 64 bits after scaling, is absent in a fixed column.
[[nodiscard]] Value fromDouble(double value, const Column& column);

/// The cell for a whole number; exact for fixed columns. Too large for 64 bits after scaling is absent.
[[nodiscard]] Value fromInteger(std::int64_t value, const Column& column);
[[nodiscard]] Value fromInteger(std::uint64_t value, const Column& column);

/// Words for documents and the API: "percent", "bytes", "seconds", "bytes_per_second", "boolean", "celsius", "" /
/// "gauge", "counter".
[[nodiscard]] std::string_view unitName(Unit unit);
[[nodiscard]] std::string_view kindName(Kind kind);

} // namespace sextant::metrics
