// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ingest/sample_sink.h"

#include "server/ingest/sample_frames.h"

#include <memory>
#include <utility>

namespace sextant::server {

std::string_view wayName(Way way)
{
    switch (way) {
    case Way::RemoteWrite:
        return "remote_write";
    case Way::Influx:
        return "influx";
    case Way::Push:
        return "push";
    case Way::Otlp:
        return "otlp";
    case Way::MiniObserv:
        return "miniobserv";
    case Way::TinyObs:
        return "tinyobs";
    case Way::Golectra:
        return "golectra";
    case Way::Metricsd:
        return "metricsd";
    case Way::Spectra:
        return "spectra";
    }
    return "push";
}

void SampleSink::submit(Way way, const Destination& to, Intake intake, Done done)
{
    m_descriptions.learn(std::move(intake.described));
    const auto frames = std::make_shared<SampleFrames>(to);
    Received& received = intake.received;
    for (SampleSeries& series : intake.series) {
        if (auto fault = prepareSeries(series, to))
            received.refuse(fault->item, fault->reason, std::move(fault->detail), series.samples.size());
        else
            frames->add(series, received);
    }
    if (frames->samples() == 0) {
        count(way, received);
        done(received);
        return;
    }
    auto batch = frames->takeBatch(m_clock());
    const auto answer = std::make_shared<Done>(std::move(done));
    const auto submitted = m_ingest.submit(
        to.host, std::move(batch),
        [this, way, frames, answer, before = std::move(received)](const Result<StoredBatch>& stored) {
            if (!stored) {
                (*answer)(tl::unexpected<Error>(stored.error()));
                return;
            }
            Received after = before;
            const std::size_t refusedBefore = after.refused;
            frames->addRefusals(stored->refusals, after);
            after.stored = frames->samples() - (after.refused - refusedBefore);
            count(way, after);
            (*answer)(after);
        },
        std::nullopt, Sender::Program);
    if (!submitted)
        (*answer)(tl::unexpected<Error>(submitted.error()));
}

void SampleSink::count(Way way, const Received& received)
{
    m_stored[static_cast<std::size_t>(way)] += received.stored;
    m_refused[static_cast<std::size_t>(way)] += received.refused;
}

} // namespace sextant::server
