// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ingest/admission.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string>
#include <utility>

namespace sextant::server {
namespace {

using metrics::Frame;
using metrics::RefusalReason;

/// 2000-01-01: a machine whose time is before it has no idea what time it is.
constexpr std::int64_t kEarliestMs = 946'684'800'000;

void measure(Admitted& admitted)
{
    admitted.bytes = sizeof(Admitted) + 256;
    for (const Frame& frame : admitted.batch.frames) {
        const std::size_t rowBytes =
            frame.family().columns.size() * sizeof(metrics::Value) + frame.family().labels.size() * sizeof(std::string);
        admitted.rows += frame.rowCount();
        admitted.bytes += sizeof(Frame) + frame.rowCount() * rowBytes;
        for (std::size_t row = 0; row < frame.rowCount(); ++row) {
            for (const std::string& label : frame.labels(row))
                admitted.bytes += label.size();
            admitted.values += static_cast<std::size_t>(
                std::ranges::count_if(frame.cells(row), [](metrics::Value value) { return !value.isAbsent(); }));
        }
    }
    for (const metrics::GapReport& gap : admitted.batch.gaps)
        admitted.bytes += sizeof(gap) + gap.detail.size();
    for (const metrics::Label& tag : admitted.batch.tags)
        admitted.bytes += sizeof(tag) + tag.name.size() + tag.value.size();
}

std::int64_t keptMs(const AdmissionLimits& limits, const metrics::Family& family)
{
    const auto own = limits.familiesKeptMs.find(family.name);
    return own == limits.familiesKeptMs.end() ? limits.keptMs : own->second;
}

} // namespace

std::optional<RefusalReason> faultOfTime(
    std::int64_t timeMs, std::int64_t nowMs, std::int64_t aheadMs, std::int64_t keptMs)
{
    if (timeMs > nowMs + aheadMs)
        return RefusalReason::TimeAhead;
    if (timeMs < kEarliestMs || (keptMs > 0 && timeMs < nowMs - keptMs))
        return RefusalReason::TimeTooOld;
    return std::nullopt;
}

bool isReplay(const Frame& frame, std::int64_t sentMs)
{
    const std::int64_t interval = frame.intervalMs() != 0 ? frame.intervalMs() : kUsualIntervalMs;
    return sentMs - frame.timeMs() > 2 * interval;
}

bool mayGoBetterLater(const Error& error)
{
    return error.code == ErrorCode::Busy || error.code == ErrorCode::Io || error.code == ErrorCode::Unreachable;
}

Admitted admit(metrics::DecodedBatch batch, std::int64_t nowMs, const AdmissionLimits& limits, std::int64_t sentMs)
{
    Admitted admitted;
    admitted.refusals = std::move(batch.refusals);
    std::vector<Frame> frames = std::exchange(batch.batch.frames, {});
    admitted.batch = std::move(batch.batch);
    // A sender that does not say its time gets none of this: sentMs is nowMs then.
    const bool isClockWrong = std::abs(sentMs - nowMs) > limits.aheadMs;
    admitted.wrongClock.aheadMs = isClockWrong ? sentMs - nowMs : 0;
    std::vector<Frame> replayed;
    std::vector<std::size_t> replayedPlaces;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const std::size_t place = i < batch.places.size() ? batch.places[i] : i;
        if (const auto fault =
                faultOfTime(frames[i].timeMs(), nowMs, limits.aheadMs, keptMs(limits, frames[i].family()))) {
            admitted.refusals.addFrame(place, frames[i].rowCount(), *fault);
            if (isClockWrong && frames[i].timeMs() > 0 && frames[i].timeMs() <= sentMs)
                addTick(admitted.wrongClock.refused, frames[i].timeMs() - admitted.wrongClock.aheadMs, frames[i]);
            continue;
        }
        const bool isLate = isReplay(frames[i], sentMs);
        (isLate ? replayedPlaces : admitted.places).push_back(place);
        (isLate ? replayed : admitted.batch.frames).push_back(std::move(frames[i]));
    }
    admitted.current = admitted.batch.frames.size();
    std::ranges::move(replayed, std::back_inserter(admitted.batch.frames));
    std::ranges::copy(replayedPlaces, std::back_inserter(admitted.places));
    measure(admitted);
    return admitted;
}

} // namespace sextant::server
