// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/hosts/gaps.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace sextant::server {
namespace {

using metrics::GapCause;
using metrics::GapReport;

/// What explains a missing stretch best comes first: a machine that was off explains also why its agent did not run.
constexpr std::array kByWeight{GapCause::HostOff, GapCause::Suspended, GapCause::AgentStopped, GapCause::SpoolOverflow,
    GapCause::ClockJump, GapCause::ServerAway, GapCause::NetworkOut};

std::vector<GapReport> serverAbsences(const std::vector<Range>& up)
{
    std::vector<GapReport> absences;
    for (std::size_t i = 1; i < up.size(); ++i)
        absences.push_back({GapCause::ServerAway, up[i - 1].to, up[i].from, "the server did not run"});
    return absences;
}

std::vector<GapReport> refusals(const std::vector<Range>& refused)
{
    std::vector<GapReport> reports;
    for (const Range& range : refused)
        reports.push_back({GapCause::ClockJump, range.from, range.to,
            "the host's clock was wrong, its samples were refused (time_ahead, time_too_old)"});
    return reports;
}

/// Cuts out of `missing` what the reports of one cause explain.
void explain(std::vector<Range>& missing, const std::vector<GapReport>& reports, GapCause cause, std::vector<Gap>& into)
{
    for (const GapReport& report : reports) {
        if (report.cause != cause)
            continue;
        std::vector<Range> rest;
        for (const Range& hole : missing) {
            const Range covered{std::max(hole.from, report.fromMs), std::min(hole.to, report.toMs)};
            if (covered.from >= covered.to) {
                rest.push_back(hole);
                continue;
            }
            into.push_back({covered, cause, report.detail, {}, false});
            if (hole.from < covered.from)
                rest.push_back({hole.from, covered.from});
            if (covered.to < hole.to)
                rest.push_back({covered.to, hole.to});
        }
        missing = std::move(rest);
    }
}

/// Gives the rests that are too short to be a missed tick to their neighbours; the others are gaps without a cause.
void settleRests(const std::vector<Range>& rests, std::int64_t intervalMs, std::vector<Gap>& gaps)
{
    for (const Range& rest : rests) {
        const auto before =
            std::ranges::find_if(gaps, [&](const Gap& gap) { return gap.cause && gap.range.to == rest.from; });
        const auto after =
            std::ranges::find_if(gaps, [&](const Gap& gap) { return gap.cause && gap.range.from == rest.to; });
        const bool isShort = rest.to - rest.from <= intervalMs;
        if (isShort && before != gaps.end())
            before->range.to = rest.to;
        else if (isShort && after != gaps.end())
            after->range.from = rest.from;
        else
            gaps.push_back({rest, std::nullopt, {}, {}, false});
    }
}

std::vector<Gap> explainHole(Range hole, const std::vector<GapReport>& reports, std::int64_t intervalMs)
{
    std::vector<Gap> gaps;
    std::vector<Range> rests{hole};
    for (const GapCause cause : kByWeight)
        explain(rests, reports, cause, gaps);
    settleRests(rests, intervalMs, gaps);
    return gaps;
}

/// The first word of a collector error's detail is its family.
Gap collectorError(const GapReport& report, Range asked)
{
    const Range range{std::max(report.fromMs, asked.from), std::min(report.toMs, asked.to)};
    const std::size_t end = report.detail.find_first_of(" :");
    const std::size_t rest = report.detail.find_first_not_of(" :", end == std::string::npos ? 0 : end);
    const bool hasRest = end != std::string::npos && rest != std::string::npos;
    return {range, GapCause::CollectorError, hasRest ? report.detail.substr(rest) : std::string(),
        report.detail.substr(0, end), false};
}

} // namespace

std::string_view causeName(std::optional<GapCause> cause)
{
    if (!cause)
        return "unknown";
    switch (*cause) {
    case GapCause::HostOff:
        return "host_off";
    case GapCause::AgentStopped:
        return "agent_stopped";
    case GapCause::Suspended:
        return "suspended";
    case GapCause::SpoolOverflow:
        return "spool_overflow";
    case GapCause::CollectorError:
        return "collector_error";
    case GapCause::NetworkOut:
        return "network_out";
    case GapCause::ServerAway:
        return "server_away";
    case GapCause::ClockJump:
        return "clock_jump";
    }
    return "unknown";
}

std::vector<Gap> explainGaps(const GapLedger::Books& books, Range asked, std::int64_t nowMs, std::uint32_t intervalMs)
{
    std::vector<Gap> gaps;
    if (books.time.empty())
        return gaps;
    const std::int64_t interval = intervalMs;
    // The newest samples are on their way: a host is not late before 2.5 intervals.
    const std::int64_t last = books.time.back().to;
    const std::int64_t end = nowMs - last > interval * 5 / 2 ? nowMs : last;
    const Range accounted{std::max(asked.from, books.time.front().from), std::min(asked.to, end)};
    if (accounted.from >= accounted.to)
        return gaps;
    std::vector<GapReport> reports = books.reports;
    std::ranges::move(serverAbsences(books.serverUp), std::back_inserter(reports));
    std::ranges::move(refusals(books.refused), std::back_inserter(reports));
    for (const Range& hole : holes(books.time, accounted))
        std::ranges::move(explainHole(hole, reports, interval), std::back_inserter(gaps));
    for (const GapReport& report : reports) {
        if (report.cause == GapCause::CollectorError && report.fromMs < asked.to && report.toMs > asked.from)
            gaps.push_back(collectorError(report, asked));
        if (report.cause != GapCause::NetworkOut && report.cause != GapCause::ServerAway)
            continue;
        const Range within{std::max(report.fromMs, accounted.from), std::min(report.toMs, accounted.to)};
        if (within.from >= within.to)
            continue;
        for (const Range& filled : parts(books.time, within)) {
            if (filled.to - filled.from > interval)
                gaps.push_back({filled, report.cause, report.detail, {}, true});
        }
    }
    std::ranges::sort(gaps, [](const Gap& a, const Gap& b) {
        return std::tie(a.range.from, a.range.to, a.cause) < std::tie(b.range.from, b.range.to, b.cause);
    });
    return gaps;
}

std::int64_t lostBatches(const GapLedger::Books& books)
{
    if (books.sequences.empty())
        return 0;
    std::int64_t lost = 0;
    for (const Range& hole : holes(books.sequences, {books.sequences.front().from, books.sequences.back().to}))
        lost += hole.to - hole.from;
    return lost;
}

} // namespace sextant::server
