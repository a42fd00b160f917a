// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/charts/scale.h"

#include <QDateTime>
#include <QLocale>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace sextant::console {
namespace {

constexpr int kWantedSteps = 4;

constexpr std::int64_t kSecond = 1'000, kMinute = 60'000, kHour = 3'600'000, kDay = 86'400'000;

double niceDecimalStep(double highest)
{
    const double rough = highest / kWantedSteps;
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
        if (factor * power >= rough * 0.999)
            return factor * power;
    }
    return 10 * power;
}

struct ByteUnit {
    double size;
    const char* bytes;
    const char* rate;
};
constexpr std::array<ByteUnit, 6> kByteUnits{{
    {1.0, "B", "B/s"},
    {1024.0, "KiB", "KiB/s"},
    {1048576.0, "MiB", "MiB/s"},
    {1073741824.0, "GiB", "GiB/s"},
    {1099511627776.0, "TiB", "TiB/s"},
    {1125899906842624.0, "PiB", "PiB/s"},
}};

const ByteUnit& byteUnitFor(double highest)
{
    const ByteUnit* unit = kByteUnits.data();
    for (const ByteUnit& candidate : kByteUnits) {
        if (highest >= candidate.size)
            unit = &candidate;
    }
    return *unit;
}

/// A power of two of the unit, so that four steps end on 512 MiB or 1 GiB and never on 476.8 MiB.
double niceBinaryStep(double highestInUnit)
{
    return std::pow(2.0, std::ceil(std::log2(highestInUnit / kWantedSteps) - 1e-9));
}

QString label(double value, double step)
{
    int decimals = 0;
    for (double shown = step; decimals < 3 && std::abs(shown - std::round(shown)) > 1e-9; shown *= 10)
        ++decimals;
    return QLocale().toString(value, 'f', decimals);
}

void fillTicks(ValueScale& scale, double step, double unitSize)
{
    // A tick that almost touches the top would have its label on top of it.
    for (int index = 0; step * index <= scale.maximum * 1.0001; ++index) {
        scale.ticks.push_back(step * index);
        scale.labels.push_back(label(step * index / unitSize, step / unitSize));
    }
}

std::int64_t roundUpTo(double ms, std::span<const std::int64_t> steps)
{
    for (const std::int64_t step : steps) {
        if (static_cast<double>(step) >= ms)
            return step;
    }
    return steps.back();
}

constexpr std::array<std::int64_t, 22> kTickSteps{kSecond, 2 * kSecond, 5 * kSecond, 10 * kSecond, 15 * kSecond,
    30 * kSecond, kMinute, 2 * kMinute, 5 * kMinute, 10 * kMinute, 15 * kMinute, 30 * kMinute, kHour, 2 * kHour,
    3 * kHour, 6 * kHour, 12 * kHour, kDay, 2 * kDay, 5 * kDay, 10 * kDay, 30 * kDay};
constexpr std::array<std::int64_t, 21> kBucketSteps{kSecond, 2 * kSecond, 5 * kSecond, 10 * kSecond, 15 * kSecond,
    20 * kSecond, 30 * kSecond, kMinute, 2 * kMinute, 5 * kMinute, 10 * kMinute, 15 * kMinute, 20 * kMinute,
    30 * kMinute, kHour, 2 * kHour, 3 * kHour, 4 * kHour, 6 * kHour, 12 * kHour, kDay};

QString tickLabel(const QDateTime& at, std::int64_t step)
{
    if (step >= kDay || (at.time().hour() == 0 && at.time().minute() == 0 && at.time().second() == 0))
        return QLocale().toString(at.date(), QStringLiteral("d MMM"));
    return at.time().toString(step < kMinute ? QStringLiteral("HH:mm:ss") : QStringLiteral("HH:mm"));
}

ValueScale percentScale(double highest, std::optional<double> leastMaximum)
{
    ValueScale scale;
    scale.unit = QStringLiteral("%");
    const double top = std::min(100.0, std::max(highest, leastMaximum.value_or(100)));
    const double step = top > 75 ? 25 : niceDecimalStep(top);
    scale.maximum = std::min(100.0, step * std::ceil(top / step - 1e-9));
    fillTicks(scale, step, 1);
    return scale;
}

} // namespace

ValueScale scaleFor(
    Measure measure, double highest, std::optional<double> fixedMaximum, std::optional<double> leastMaximum)
{
    if (measure == Measure::Percent)
        return percentScale(highest, leastMaximum);
    ValueScale scale;
    const double top = std::max(fixedMaximum.value_or(highest), 1e-9);
    if (measure == Measure::Plain || measure == Measure::Count) {
        const double least = measure == Measure::Count ? 4 : 0.04;
        const double step = niceDecimalStep(std::max(top, least));
        scale.maximum = fixedMaximum.value_or(step * std::ceil(std::max(top, least) / step - 1e-9));
        fillTicks(scale, step, 1);
        return scale;
    }
    const ByteUnit& unit = byteUnitFor(std::max(top, 1024.0));
    const double step = niceBinaryStep(std::max(top, 1024.0) / unit.size) * unit.size;
    scale.maximum = fixedMaximum.value_or(step * std::ceil(std::max(top, 1024.0) / step - 1e-9));
    scale.unit = QLatin1String(measure == Measure::Bytes ? unit.bytes : unit.rate);
    fillTicks(scale, step, unit.size);
    return scale;
}

std::vector<TimeTick> timeTicks(TimeSpan window, int most)
{
    std::vector<TimeTick> ticks;
    if (window.length() <= 0 || most <= 0)
        return ticks;
    const std::int64_t step = roundUpTo(static_cast<double>(window.length()) / most, kTickSteps);
    // Round in local time: the offset may change within the window, so each tick is taken from its own day's midnight.
    QDateTime day = QDateTime::fromMSecsSinceEpoch(window.from).date().startOfDay();
    const std::int64_t days = std::max<std::int64_t>(1, step / kDay);
    while (day.toMSecsSinceEpoch() < window.to) {
        const QDateTime next = day.date().addDays(days).startOfDay();
        const std::int64_t end = std::min<std::int64_t>(next.toMSecsSinceEpoch(), window.to);
        for (std::int64_t at = day.toMSecsSinceEpoch(); at < end; at += step) {
            // A day of 25 hours has room for a second tick of a daily step.
            if (step >= kDay && at != day.toMSecsSinceEpoch())
                break;
            if (at >= window.from)
                ticks.push_back({at, tickLabel(QDateTime::fromMSecsSinceEpoch(at), step)});
        }
        day = next;
    }
    return ticks;
}

std::int64_t stepFor(TimeSpan window, int pixels, std::int64_t intervalMs)
{
    const double perPixel = static_cast<double>(window.length()) / std::max(1, pixels);
    return roundUpTo(std::max(perPixel, static_cast<double>(intervalMs)), kBucketSteps);
}

} // namespace sextant::console
