// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/spool/journal.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace sextant::agent {

using metrics::GapCause;
using metrics::GapReport;

namespace {

QString qtText(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

/// One line of whole UTF-8 letters, as the wire wants it.
std::string asDetail(std::string_view text)
{
    QString line = qtText(text.substr(0, 4 * metrics::kMaxGapDetail)).simplified();
    line.remove(QChar::Null);
    while (static_cast<std::size_t>(line.toUtf8().size()) > metrics::kMaxGapDetail)
        line.chop(1);
    if (!line.isEmpty() && line.back().isHighSurrogate())
        line.chop(1);
    return line.toStdString();
}

QJsonArray toJson(const GapReport& gap, const std::string& tag)
{
    return {static_cast<int>(gap.cause), static_cast<qint64>(gap.fromMs), static_cast<qint64>(gap.toMs),
        QString::fromStdString(gap.detail), QString::fromStdString(tag)};
}

std::optional<std::pair<GapReport, std::string>> gapFrom(const QJsonArray& json)
{
    const int cause = json.at(0).toInt();
    if (cause < static_cast<int>(GapCause::HostOff) || cause > static_cast<int>(GapCause::ClockJump))
        return std::nullopt;
    return std::pair(GapReport{static_cast<GapCause>(cause), json.at(1).toInteger(), json.at(2).toInteger(),
                         json.at(3).toString().toStdString()},
        json.at(4).toString().toStdString());
}

std::string seconds(std::int64_t ms)
{
    return std::to_string(ms / 1'000) + " s";
}

/// Adds what a wall clock did that did not go with the time that passed.
std::string jumpDetail(std::int64_t byMs)
{
    return "the clock was set " + seconds(std::abs(byMs)) + (byMs > 0 ? " forward" : " back");
}

std::string howItEnded(const std::string& ended, const std::string& version, const std::string& versionNow)
{
    const std::string how = ended.empty() ? "was killed or crashed" : ended;
    return version == versionNow ? how : "upgrade from " + version + " to " + versionNow + ", " + how;
}

} // namespace

void Journal::begin(const RunFacts& facts)
{
    m_start = facts;
    m_now = {facts, {}, {}};
}

void Journal::load(std::string_view text, const std::function<bool(const metrics::BatchId&)>& holds)
{
    m_loaded = true;
    const QJsonObject json =
        QJsonDocument::fromJson(QByteArray(text.data(), static_cast<qsizetype>(text.size()))).object();
    if (json.isEmpty())
        return;
    m_sequence += static_cast<std::uint64_t>(json.value(QLatin1String("sequence")).toInteger());
    std::vector<Waiting> waiting;
    for (const QJsonValue& value : json.value(QLatin1String("gaps")).toArray()) {
        if (auto gap = gapFrom(value.toArray())) {
            const auto carrier = metrics::BatchId::parse(gap->second);
            waiting.push_back({std::move(gap->first), carrier && holds(*carrier) ? gap->second : std::string()});
        }
    }
    m_waiting.insert(
        m_waiting.begin(), std::make_move_iterator(waiting.begin()), std::make_move_iterator(waiting.end()));
    for (const QJsonValue& value : json.value(QLatin1String("open")).toArray()) {
        if (auto gap = gapFrom(value.toArray()); gap && !openReport(gap->second))
            m_open.push_back({std::move(gap->second), std::move(gap->first)});
    }
    const auto read = [&](const char* name) { return json.value(QLatin1String(name)).toString().toStdString(); };
    Run before{
        {read("run"), read("boot"), read("version"),
            {json.value(QLatin1String("alive")).toInteger(), json.value(QLatin1String("elapsed")).toInteger(), 0}},
        read("ended"), {}};
    if (const QJsonValue unkept = json.value(QLatin1String("unkept")); unkept.isDouble())
        before.unkeptMs = unkept.toInteger();
    closeOpenOf(before);
    reportRunBefore(before);
}

std::string Journal::text() const
{
    QJsonArray gaps;
    for (const Waiting& waiting : m_waiting)
        gaps.append(toJson(waiting.gap, waiting.carrier));
    QJsonArray open;
    for (const Open& entry : m_open)
        open.append(toJson(entry.gap, entry.key));
    QJsonObject json{
        {QStringLiteral("sequence"), static_cast<qint64>(m_sequence)},
        {QStringLiteral("run"), QString::fromStdString(m_now.facts.run)},
        {QStringLiteral("boot"), QString::fromStdString(m_now.facts.bootId)},
        {QStringLiteral("version"), QString::fromStdString(m_now.facts.version)},
        {QStringLiteral("alive"), static_cast<qint64>(m_now.facts.clocks.wallMs)},
        {QStringLiteral("elapsed"), static_cast<qint64>(m_now.facts.clocks.elapsedMs)},
        {QStringLiteral("ended"), QString::fromStdString(m_now.ended)},
        {QStringLiteral("gaps"), gaps},
        {QStringLiteral("open"), open},
    };
    if (m_now.unkeptMs)
        json.insert(QStringLiteral("unkept"), static_cast<qint64>(*m_now.unkeptMs));
    return QJsonDocument(json).toJson(QJsonDocument::Compact).toStdString();
}

void Journal::reportRunBefore(const Run& before)
{
    const platform::Clocks& then = before.facts.clocks;
    const platform::Clocks& now = m_start.clocks;
    const std::string how = howItEnded(before.ended, before.facts.version, m_start.version);
    const std::int64_t keptUntilMs = std::min(then.wallMs, before.unkeptMs.value_or(then.wallMs));
    const bool sameBoot = before.facts.bootId == m_start.bootId && now.elapsedMs >= then.elapsedMs;
    if (sameBoot) {
        const std::int64_t passed = now.elapsedMs - then.elapsedMs;
        const std::int64_t jump = now.wallMs - then.wallMs - passed;
        const std::int64_t expectedMs = then.wallMs + passed;
        if (std::abs(jump) > kClockSlackMs)
            add(GapCause::ClockJump, std::min(expectedMs, now.wallMs), std::max(expectedMs, now.wallMs),
                jumpDetail(jump));
        // By the clock that was set back the stop is before what was collected last; forward, the jump follows it.
        add(GapCause::AgentStopped, jump < -kClockSlackMs ? now.wallMs - passed : keptUntilMs,
            jump > kClockSlackMs ? expectedMs : now.wallMs, how);
        return;
    }
    const std::int64_t bootMs = std::clamp(now.wallMs - now.elapsedMs, std::min(then.wallMs, now.wallMs), now.wallMs);
    add(GapCause::HostOff, keptUntilMs, bootMs, "another boot; the agent before it: " + how);
    add(GapCause::AgentStopped, bootMs, now.wallMs, "the machine started before the agent");
}

void Journal::closeOpenOf(const Run& before)
{
    std::vector<Open> open = std::exchange(m_open, {});
    for (Open& entry : open) {
        if (entry.key == kDelivery)
            m_open.push_back(std::move(entry));
        else
            add(entry.gap.cause, entry.gap.fromMs, before.facts.clocks.wallMs, entry.gap.detail);
    }
}

void Journal::beat(const platform::Clocks& clocks)
{
    const platform::Clocks last = std::exchange(m_now.facts.clocks, clocks);
    const std::int64_t passed = clocks.elapsedMs - last.elapsedMs;
    const std::int64_t slept = passed - (clocks.awakeMs - last.awakeMs);
    const std::int64_t jump = clocks.wallMs - last.wallMs - passed;
    const std::int64_t expectedMs = last.wallMs + passed;
    if (slept > kClockSlackMs)
        add(GapCause::Suspended, last.wallMs, expectedMs, "the machine slept " + seconds(slept));
    if (std::abs(jump) > kClockSlackMs)
        add(GapCause::ClockJump, std::min(expectedMs, clocks.wallMs), std::max(expectedMs, clocks.wallMs),
            jumpDetail(jump));
}

void Journal::end(const std::string& how, const platform::Clocks& clocks)
{
    beat(clocks);
    m_now.ended = how;
}

std::uint64_t Journal::nextSequence()
{
    return m_loaded ? ++m_sequence : 0;
}

void Journal::add(GapCause cause, std::int64_t fromMs, std::int64_t toMs, std::string_view detail)
{
    if (toMs <= fromMs)
        return;
    if (m_waiting.size() >= kMaxGaps) {
        const auto same = std::ranges::find_if(
            m_waiting, [&](const Waiting& waiting) { return waiting.carrier.empty() && waiting.gap.cause == cause; });
        if (same != m_waiting.end()) {
            same->gap.fromMs = std::min(same->gap.fromMs, fromMs);
            same->gap.toMs = std::max(same->gap.toMs, toMs);
            same->gap.detail = "several; too many to tell each";
            return;
        }
        m_waiting.erase(m_waiting.begin());
    }
    m_waiting.push_back({{cause, fromMs, toMs, asDetail(detail)}, {}});
}

void Journal::addOverflow(std::int64_t fromMs, std::int64_t toMs)
{
    const auto growing = std::ranges::find_if(m_waiting,
        [](const Waiting& waiting) { return waiting.carrier.empty() && waiting.gap.cause == GapCause::SpoolOverflow; });
    if (growing == m_waiting.end()) {
        add(GapCause::SpoolOverflow, fromMs, toMs, "no room; the oldest batches were dropped");
        return;
    }
    growing->gap.fromMs = std::min(growing->gap.fromMs, fromMs);
    growing->gap.toMs = std::max(growing->gap.toMs, toMs);
}

void Journal::open(std::string_view key, GapCause cause, std::int64_t fromMs, std::string_view detail)
{
    if (!openReport(key))
        m_open.push_back({std::string(key), {cause, fromMs, 0, asDetail(detail)}});
}

const GapReport* Journal::openReport(std::string_view key) const
{
    const auto found = std::ranges::find_if(m_open, [&](const Open& entry) { return entry.key == key; });
    return found == m_open.end() ? nullptr : &found->gap;
}

void Journal::close(std::string_view key, std::int64_t toMs, std::int64_t leastMs)
{
    const auto found = std::ranges::find_if(m_open, [&](const Open& entry) { return entry.key == key; });
    if (found == m_open.end())
        return;
    const GapReport gap = std::move(found->gap);
    m_open.erase(found);
    if (toMs - gap.fromMs >= leastMs)
        add(gap.cause, gap.fromMs, toMs, gap.detail);
}

std::vector<GapReport> Journal::assign(const metrics::BatchId& id)
{
    std::vector<GapReport> gaps;
    for (Waiting& waiting : m_waiting) {
        if (!waiting.carrier.empty() || gaps.size() == kMaxGapsPerBatch)
            continue;
        waiting.carrier = id.toString();
        gaps.push_back(waiting.gap);
    }
    return gaps;
}

bool Journal::delivered(const metrics::BatchId& id)
{
    return !m_waiting.empty() &&
           std::erase_if(m_waiting, [&](const Waiting& waiting) { return waiting.carrier == id.toString(); }) > 0;
}

void Journal::lost(const metrics::BatchId& id)
{
    for (Waiting& waiting : m_waiting) {
        if (waiting.carrier == id.toString())
            waiting.carrier.clear();
    }
}

} // namespace sextant::agent
