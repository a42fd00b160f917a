// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/commands/record.h"

#include "agent-service/collect/assembler.h"
#include "agent-service/collect/collectors.h"
#include "agent-service/collect/tick_plan.h"
#include "agent-service/service/clock.h"
#include "metrics/recording.h"
#include "platform/host.h"

#include <QRandomGenerator>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

namespace sextant::agent {
namespace {

using std::chrono::milliseconds;

metrics::BatchId makeId(std::int64_t wallMs)
{
    std::array<std::uint8_t, 10> random{};
    for (std::uint8_t& byte : random)
        byte = static_cast<std::uint8_t>(QRandomGenerator::global()->generate());
    return metrics::BatchId::make(wallMs, random);
}

/// Runs the collectors one after the other: nobody waits for a recording, so there are no deadlines.
class Collection {
public:
    Collection(const Settings& settings, const platform::Roots& roots, logging::Log& log)
        : m_collectors(makeCollectors(settings, roots)),
          m_intervalMs(static_cast<std::uint32_t>(settings.interval.count())),
          m_assembler(names(), m_intervalMs, log)
    {
    }

    std::vector<metrics::Frame> at(std::int64_t tickMs)
    {
        for (std::size_t i = 0; i < m_collectors.size(); ++i) {
            const auto begin = std::chrono::steady_clock::now();
            auto collected = m_collectors[i]->collect({tickMs, m_intervalMs, {}});
            Outcome outcome{i, tickMs, Outcome::End::Done, {}, {}, {}};
            outcome.duration =
                std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
            if (collected) {
                outcome.collected = std::move(*collected);
            } else if (collected.error().code != ErrorCode::NotAvailable) {
                outcome.end = Outcome::End::Failed;
                outcome.error = collected.error().message;
            }
            m_assembler.add(std::move(outcome));
        }
        return m_assembler.take();
    }

private:
    [[nodiscard]] std::vector<std::string> names() const
    {
        std::vector<std::string> names;
        for (const auto& collector : m_collectors)
            names.emplace_back(collector->name());
        return names;
    }

    std::vector<std::shared_ptr<Collector>> m_collectors;
    std::uint32_t m_intervalMs;
    Assembler m_assembler;
};

Result<std::ofstream> create(const std::string& file)
{
    std::error_code ignored; // what cannot be looked at cannot be opened either, and that is reported
    if (std::filesystem::exists(file, ignored))
        return fail(ErrorCode::Conflict, file + " is there already; a recording never overwrites a file");
    std::ofstream to(file, std::ios::binary);
    if (!to)
        return fail(ErrorCode::Io, file + " cannot be made");
    if (const auto begun = metrics::beginRecording(to); !begun)
        return tl::unexpected<Error>(begun.error());
    return to;
}

} // namespace

Result<RecordProgress> record(const std::string& file, std::chrono::seconds length, const Settings& settings,
    const platform::Roots& roots, logging::Log& log, const std::function<void(const RecordProgress&)>& progress)
{
    const auto facts = platform::readHostFacts(roots);
    if (!facts)
        return tl::unexpected<Error>(facts.error());
    auto to = create(file);
    if (!to)
        return tl::unexpected<Error>(to.error());
    Collection collection(settings, roots, log);
    TickPlan plan(settings.interval);
    RecordProgress so;
    const milliseconds begin = readClocks().elapsed;
    for (milliseconds elapsed{0}; elapsed <= length && so.bytes < kRecordingBytes;
         elapsed = readClocks().elapsed - begin) {
        const TickPlan::Decision decision = plan.look(readClocks());
        if (decision.tickMs) {
            const metrics::Batch batch{makeId(*decision.tickMs), facts->hostname, collection.at(*decision.tickMs)};
            if (const auto recorded = metrics::recordBatch(*to, batch); !recorded)
                return tl::unexpected<Error>(recorded.error());
            so = {std::chrono::duration_cast<std::chrono::seconds>(elapsed), so.batches + 1,
                static_cast<std::uint64_t>(to->tellp())};
            progress(so);
        }
        std::this_thread::sleep_for(std::min(decision.wait, milliseconds(length) - elapsed + milliseconds(1)));
    }
    so.elapsed = std::chrono::duration_cast<std::chrono::seconds>(readClocks().elapsed - begin);
    return so;
}

} // namespace sextant::agent
