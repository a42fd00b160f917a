// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/format/format.h"

#include <QCoreApplication>
#include <QLocale>

#include <array>
#include <cmath>

namespace sextant::console {
namespace {

QString translate(const char* text)
{
    return QCoreApplication::translate("Format", text);
}

QString number(double value, int decimals)
{
    return QLocale().toString(value, 'f', decimals);
}

/// Decimals that leave three significant figures, never more than `most`.
int decimalsFor(double value, int most)
{
    const double magnitude = std::abs(value);
    if (magnitude < 9.995)
        return most;
    return magnitude < 99.95 ? std::min(most, 1) : 0;
}

Quantity formatBinary(double bytes, const std::array<const char*, 6>& units)
{
    std::size_t unit = 0;
    double value = bytes;
    // 1,023.5 would be shown as "1,024": it is the next unit already.
    while (std::abs(value) >= 1023.5 && unit + 1 < units.size()) {
        value /= 1024.0;
        ++unit;
    }
    const int decimals = unit == 0 ? 0 : std::min(decimalsFor(value, 2), 1);
    return {number(value, decimals), QLatin1String(units[unit])};
}

struct DurationUnit {
    qint64 ms;
    const char* name;
};
constexpr std::array<DurationUnit, 4> kDurationUnits{{
    {86'400'000, QT_TRANSLATE_NOOP("Format", "d")},
    {3'600'000, QT_TRANSLATE_NOOP("Format", "h")},
    {60'000, QT_TRANSLATE_NOOP("Format", "min")},
    {1'000, QT_TRANSLATE_NOOP("Format", "s")},
}};

/// The largest unit of which the duration holds at least one; seconds when none.
std::size_t largestUnit(qint64 ms)
{
    for (std::size_t index = 0; index < kDurationUnits.size(); ++index) {
        if (ms >= kDurationUnits[index].ms)
            return index;
    }
    return kDurationUnits.size() - 1;
}

QString countWithUnit(qint64 count, const DurationUnit& unit)
{
    return QLocale().toString(count) + QChar(QChar::Nbsp) + translate(unit.name);
}

} // namespace

QString Quantity::text() const
{
    return unit.isEmpty() ? figure : figure + QChar(QChar::Nbsp) + unit;
}

QString absentMark()
{
    return QStringLiteral("–");
}

Quantity formatPercent(double percent)
{
    const bool whole = std::abs(percent - std::round(percent)) < 0.05;
    const int decimals = std::abs(percent) < 9.95 && !whole ? 1 : 0;
    return {number(percent, decimals), QStringLiteral("%")};
}

Quantity formatBytes(double bytes)
{
    return formatBinary(bytes, {"B", "KiB", "MiB", "GiB", "TiB", "PiB"});
}

Quantity formatByteRate(double bytesPerSecond)
{
    return formatBinary(bytesPerSecond, {"B/s", "KiB/s", "MiB/s", "GiB/s", "TiB/s", "PiB/s"});
}

Quantity formatPlain(double value)
{
    return {number(value, decimalsFor(value, 2)), QString()};
}

Quantity formatMeasure(Measure measure, double value)
{
    switch (measure) {
    case Measure::Percent:
        return formatPercent(value);
    case Measure::Bytes:
        return formatBytes(value);
    case Measure::BytesPerSecond:
        return formatByteRate(value);
    case Measure::Plain:
        return formatPlain(value);
    case Measure::Count:
        return {number(value, std::abs(value - std::round(value)) < 0.05 ? 0 : decimalsFor(value, 1)), QString()};
    }
    return {};
}

QString formatCount(qint64 count)
{
    return QLocale().toString(count);
}

QString formatDuration(std::chrono::milliseconds duration)
{
    const qint64 ms = std::max<qint64>(0, duration.count());
    const std::size_t index = largestUnit(ms);
    const DurationUnit& unit = kDurationUnits[index];
    QString text = countWithUnit(ms / unit.ms, unit);
    if (index + 1 == kDurationUnits.size())
        return text;
    const DurationUnit& next = kDurationUnits[index + 1];
    if (const qint64 rest = ms % unit.ms / next.ms; rest > 0)
        text += QLatin1Char(' ') + countWithUnit(rest, next);
    return text;
}

Quantity formatShortDuration(std::chrono::milliseconds duration)
{
    const qint64 ms = std::max<qint64>(0, duration.count());
    const DurationUnit& unit = kDurationUnits[largestUnit(ms)];
    return {QLocale().toString(ms / unit.ms), translate(unit.name)};
}

QString formatRelative(const QDateTime& when, const QDateTime& now)
{
    const qint64 age = when.msecsTo(now);
    if (age < 1'000)
        return QCoreApplication::translate("Format", "now");
    if (age < 86'400'000) {
        const Quantity age1 = formatShortDuration(std::chrono::milliseconds(age));
        return QCoreApplication::translate("Format", "%1 ago").arg(age1.text());
    }
    return formatDate(when, now);
}

QString formatDate(const QDateTime& when, const QDateTime& now)
{
    const QString pattern =
        when.date().year() == now.date().year() ? QStringLiteral("d MMM") : QStringLiteral("d MMM yyyy");
    return QLocale().toString(when.date(), pattern);
}

QString formatClock(const QDateTime& when)
{
    return when.time().toString(QStringLiteral("HH:mm:ss"));
}

QString formatExact(const QDateTime& when)
{
    return QLocale().toString(when, QStringLiteral("ddd d MMM yyyy, HH:mm:ss"));
}

} // namespace sextant::console
