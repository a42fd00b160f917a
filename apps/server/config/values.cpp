// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/values.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

namespace sextant::server {
namespace {

struct Unit {
    QLatin1String name;
    std::int64_t factor;
};

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::array kDurationUnits{Unit{QLatin1String("s"), 1'000}, Unit{QLatin1String("m"), 60'000},
    Unit{QLatin1String("h"), 3'600'000}, Unit{QLatin1String("d"), kDayMs}, Unit{QLatin1String("y"), 365 * kDayMs}};
constexpr std::array kByteUnits{Unit{QLatin1String(""), 1}, Unit{QLatin1String("KiB"), 1LL << 10},
    Unit{QLatin1String("MiB"), 1LL << 20}, Unit{QLatin1String("GiB"), 1LL << 30},
    Unit{QLatin1String("TiB"), 1LL << 40}};

std::optional<std::int64_t> parseWithUnit(const QString& text, std::span<const Unit> units)
{
    const auto isDigit = [](QChar c) { return c >= u'0' && c <= u'9'; };
    const auto digits = std::ranges::find_if_not(text, isDigit) - text.begin();
    bool isNumber = false;
    const qlonglong number = text.left(digits).toLongLong(&isNumber);
    const auto unit = std::ranges::find(units, text.mid(digits), &Unit::name);
    if (!isNumber || unit == units.end() || number > std::numeric_limits<std::int64_t>::max() / unit->factor)
        return std::nullopt;
    return number * unit->factor;
}

} // namespace

std::optional<std::int64_t> parseDuration(const QString& text)
{
    return parseWithUnit(text, kDurationUnits);
}

std::optional<std::int64_t> parseBytes(const QString& text)
{
    return parseWithUnit(text, kByteUnits);
}

} // namespace sextant::server
