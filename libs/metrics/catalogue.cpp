// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/catalogue.h"

#include "metrics/checked.h"
#include "metrics/families.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace sextant::metrics {
namespace {

constexpr std::array<std::int64_t, 10> kPowersOfTen{
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};

std::optional<std::size_t> positionOf(const Family& family, auto predicate)
{
    const auto found = std::ranges::find_if(family.columns, predicate);
    if (found == family.columns.end())
        return std::nullopt;
    return static_cast<std::size_t>(found - family.columns.begin());
}

} // namespace

std::span<const Family> families()
{
    return kFamilies;
}

const Family* findFamily(std::string_view name)
{
    const auto found = std::ranges::find(kFamilies, name, &Family::name);
    return found == kFamilies.end() ? nullptr : &*found;
}

std::optional<std::size_t> columnIndex(const Family& family, std::string_view name)
{
    return positionOf(family, [name](const Column& column) { return column.name == name; });
}

std::optional<std::size_t> columnIndex(const Family& family, std::uint32_t number)
{
    return positionOf(family, [number](const Column& column) { return column.number == number; });
}

std::string prometheusName(const Family& family, const Column& column)
{
    std::string name = "system_";
    if (family.name != "system") {
        name += family.name;
        name += '_';
    }
    name += column.name;
    return name;
}

std::int64_t scaleFactor(const Column& column)
{
    return kPowersOfTen[std::min<std::size_t>(column.scale, kPowersOfTen.size() - 1)];
}

std::optional<double> toDouble(Value value, const Column& column)
{
    if (value.isReal())
        return value.asReal();
    if (value.isFixed())
        return static_cast<double>(value.scaled()) / static_cast<double>(scaleFactor(column));
    return std::nullopt;
}

Value fromDouble(double value, const Column& column)
{
    if (column.storage == Storage::Real)
        return Value::real(value);
    const double scaled = std::round(value * static_cast<double>(scaleFactor(column)));
    // 2^63 is exact as a double, the largest int64 is not: hence < on one side and >= on the other.
    constexpr double kLimit = 9'223'372'036'854'775'808.0;
    if (!std::isfinite(scaled) || scaled < -kLimit || scaled >= kLimit)
        return {};
    return Value::fixed(static_cast<std::int64_t>(scaled));
}

Value fromInteger(std::int64_t value, const Column& column)
{
    if (column.storage == Storage::Real)
        return Value::real(static_cast<double>(value));
    std::int64_t scaled = 0;
    if (multiplyOverflows(value, scaleFactor(column), scaled))
        return {};
    return Value::fixed(scaled);
}

Value fromInteger(std::uint64_t value, const Column& column)
{
    if (column.storage == Storage::Real)
        return Value::real(static_cast<double>(value));
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return {};
    return fromInteger(static_cast<std::int64_t>(value), column);
}

std::string_view unitName(Unit unit)
{
    switch (unit) {
    case Unit::None:
        return "";
    case Unit::Percent:
        return "percent";
    case Unit::Bytes:
        return "bytes";
    case Unit::Seconds:
        return "seconds";
    case Unit::BytesPerSecond:
        return "bytes_per_second";
    case Unit::Boolean:
        return "boolean";
    case Unit::Celsius:
        return "celsius";
    }
    return "";
}

std::string_view kindName(Kind kind)
{
    return kind == Kind::Counter ? "counter" : "gauge";
}

} // namespace sextant::metrics
