// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QString>

#include <chrono>
#include <optional>

namespace sextant::console {

/// A number as people read it, cut where the console changes colour: the figure in the text's colour, the unit in a
/// quieter one beside it. Either part may be empty. A plain value.
struct Quantity {
    QString figure;
    QString unit;

    /// Both parts with a space between, for tooltips and accessibility.
    [[nodiscard]] QString text() const;
};

/// What a chart's or a cell's number means. Decides the steps of an axis and the words of a value.
enum class Measure {
    Percent,        ///< 0 to 100
    Bytes,          ///< powers of 1,024
    BytesPerSecond, ///< powers of 1,024
    Plain,          ///< loads and other figures without a unit
    Count,          ///< of things: no decimals where it is whole
};

/// "–", what stands where nothing is known.
[[nodiscard]] QString absentMark();

/// One significant decimal below 10, none from there: "9.4 %", "41 %".
[[nodiscard]] Quantity formatPercent(double percent);
/// Powers of 1,024 with three significant figures: "640 B", "1.4 GiB", "14.1 GiB", "312 MiB".
[[nodiscard]] Quantity formatBytes(double bytes);
/// The same, per second: "1.4 MiB/s".
[[nodiscard]] Quantity formatByteRate(double bytesPerSecond);
/// Two decimals below 10, one below 100, then whole with thousands: "0.42", "12.5", "12,400".
[[nodiscard]] Quantity formatPlain(double value);
/// A number of the given measure.
[[nodiscard]] Quantity formatMeasure(Measure measure, double value);
/// Whole number with thousands: "12,400".
[[nodiscard]] QString formatCount(qint64 count);

/// Two units at most: "45 s", "3 min 20 s", "2 h 5 min", "3 d 4 h". Negative counts as zero.
[[nodiscard]] QString formatDuration(std::chrono::milliseconds duration);
/// One unit, for narrow cells: figure "179", unit "d".
[[nodiscard]] Quantity formatShortDuration(std::chrono::milliseconds duration);

/// "now" below a second, "45 s ago" up to a day, then the date ("3 May", with the year where it is another one).
[[nodiscard]] QString formatRelative(const QDateTime& when, const QDateTime& now);
/// "3 May" in the year of `now`, else "3 May 2025".
[[nodiscard]] QString formatDate(const QDateTime& when, const QDateTime& now);
/// "14:02:10".
[[nodiscard]] QString formatClock(const QDateTime& when);
/// "Sat 21 Nov 2026, 14:02:10": exact, for tooltips.
[[nodiscard]] QString formatExact(const QDateTime& when);

} // namespace sextant::console
