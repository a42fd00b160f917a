// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/commands/once.h"

#include "agent-service/collect/collectors.h"
#include "agent-service/collect/tick_plan.h"
#include "agent-service/service/clock.h"
#include "metrics/catalogue.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <thread>
#include <utility>

namespace sextant::agent {
namespace {

QString text(std::string_view value)
{
    return QString::fromUtf8(value.data(), static_cast<qsizetype>(value.size()));
}

QJsonValue number(metrics::Value cell, const metrics::Column& column)
{
    // Whole numbers go out as such: a double would round large counters.
    if (cell.isFixed() && column.scale == 0)
        return static_cast<qint64>(cell.scaled());
    return metrics::toDouble(cell, column).value_or(0);
}

QJsonObject rowAsJson(const metrics::Frame& frame, std::size_t row)
{
    const metrics::Family& family = frame.family();
    QJsonObject labels;
    for (std::size_t i = 0; i < family.labels.size(); ++i)
        labels.insert(text(family.labels[i]), text(frame.labels(row)[i]));
    QJsonObject values;
    for (std::size_t i = 0; i < family.columns.size(); ++i) {
        if (!frame.at(row, i).isAbsent())
            values.insert(text(family.columns[i].name), number(frame.at(row, i), family.columns[i]));
    }
    return {{QStringLiteral("labels"), labels}, {QStringLiteral("values"), values}};
}

} // namespace

std::string framesAsJson(std::span<const metrics::Frame> frames)
{
    QJsonObject families;
    for (const metrics::Frame& frame : frames) {
        QJsonArray rows = families.value(text(frame.family().name)).toArray();
        for (std::size_t row = 0; row < frame.rowCount(); ++row)
            rows.append(rowAsJson(frame, row));
        families.insert(text(frame.family().name), rows);
    }
    QJsonObject all{{QStringLiteral("families"), families}};
    if (!frames.empty())
        all.insert(QStringLiteral("time"), static_cast<qint64>(frames.front().timeMs()));
    return QJsonDocument(all).toJson().toStdString();
}

std::vector<metrics::Frame> collectOnce(
    const Settings& settings, const platform::Roots& roots, std::vector<std::string>& warnings)
{
    Settings once = settings;
    once.processesInterval = std::chrono::milliseconds(0);
    once.services = once.events = once.guests = once.packages = once.updates = once.hardware =
        false; // what is printed are numbers, and these may take longer than a second
    const auto collectors = makeCollectors(once, roots);
    const auto collect = [&] {
        const Tick tick{readClocks().wallMs, static_cast<std::uint32_t>(settings.interval.count()), {}};
        std::vector<metrics::Frame> frames;
        for (const auto& collector : collectors) {
            auto collected = collector->collect(tick);
            if (!collected) {
                warnings.push_back(std::string(collector->name()) + ": " + collected.error().message);
                continue;
            }
            std::ranges::move(collected->frames, std::back_inserter(frames));
            std::ranges::move(collected->warnings, std::back_inserter(warnings));
        }
        return frames;
    };
    const auto first = collect();
    if (first.empty())
        return first;
    warnings.clear(); // the second reading says the same
    std::this_thread::sleep_for(TickPlan::kSecondReading);
    return collect();
}

} // namespace sextant::agent
