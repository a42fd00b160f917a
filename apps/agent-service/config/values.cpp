// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/config/values.h"

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <span>

namespace sextant::agent {
namespace {

struct UnitOf {
    std::string_view name;
    std::uint64_t factor;
};

// From the largest to the smallest: the text of a value takes the first unit that divides it.
constexpr std::array kDurationUnits{UnitOf{"h", 3'600'000}, UnitOf{"m", 60'000}, UnitOf{"s", 1'000}, UnitOf{"ms", 1}};
constexpr std::array kByteUnits{
    UnitOf{"GiB", 1ULL << 30}, UnitOf{"MiB", 1ULL << 20}, UnitOf{"KiB", 1ULL << 10}, UnitOf{"", 1}};

std::optional<std::uint64_t> parseWithUnit(std::string_view text, std::span<const UnitOf> units)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{})
        return std::nullopt;
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const UnitOf& candidate : units) {
        if (candidate.name != unit)
            continue;
        if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / candidate.factor)
            return std::nullopt;
        return number * candidate.factor;
    }
    return std::nullopt;
}

std::string textWithUnit(std::uint64_t value, std::span<const UnitOf> units)
{
    for (const UnitOf& unit : units) {
        if (value >= unit.factor && value % unit.factor == 0)
            return std::to_string(value / unit.factor) + std::string(unit.name);
    }
    return "0" + std::string(units.back().name);
}

} // namespace

Result<std::chrono::milliseconds> parseDuration(std::string_view text)
{
    const auto value = parseWithUnit(text, kDurationUnits);
    if (!value)
        return fail(ErrorCode::Invalid, "expected a duration such as \"500ms\", \"10s\", \"5m\" or \"1h\"");
    return std::chrono::milliseconds(static_cast<std::int64_t>(*value));
}

std::string durationText(std::chrono::milliseconds value)
{
    return textWithUnit(static_cast<std::uint64_t>(value.count()), kDurationUnits);
}

Result<std::uint64_t> parseBytes(std::string_view text)
{
    const auto value = parseWithUnit(text, kByteUnits);
    if (!value)
        return fail(ErrorCode::Invalid, "expected a number of bytes such as \"65536\", \"512KiB\" or \"16MiB\"");
    return *value;
}

std::string bytesText(std::uint64_t value)
{
    return textWithUnit(value, kByteUnits);
}

Result<bool> parseFlag(std::string_view text)
{
    if (text == "true")
        return true;
    if (text == "false")
        return false;
    return fail(ErrorCode::Invalid, "expected true or false");
}

} // namespace sextant::agent
