// SPDX-License-Identifier: GPL-3.0-or-later
#include "logging/log.h"
#include "metrics/exposition_writer.h"
#include "server/api/exposition.h"
#include "server/api/handlers.h"
#include "server/api/routes.h"
#include "server/api/server_metrics.h"
#include "server/api/services.h"
#include "server/api/work_pool.h"
#include "server/auth/enrolment_tokens.h"
#include "server/forward/forwarder.h"
#include "server/ingest/documents.h"
#include "server/ingest/ingest.h"
#include "server/ingest/sample_sink.h"
#include "server/live/hub.h"
#include "server/storage/damage.h"
#include "server/storage/database.h"
#include "server/storage/maintenance.h"

#include <array>
#include <string>

namespace sextant::server {
namespace {

constexpr std::chrono::seconds kTryAgain{5};

using metrics::MetricSink;
using metrics::MetricType;
using Label = std::pair<std::string_view, std::string_view>;

void exposeRequests(MetricSink& text, const ServerMetrics& metrics)
{
    text.begin("sextant_server_http_requests_total", MetricType::Counter, "Answers by route and class of status.");
    const auto table = routes();
    for (int route = -1; route < static_cast<int>(table.size()); ++route) {
        for (int statusClass = 1; statusClass <= 5; ++statusClass) {
            const std::uint64_t count = metrics.answers(route, statusClass);
            if (count == 0)
                continue;
            const std::string_view method =
                route < 0 ? "" : http::toString(table[static_cast<std::size_t>(route)].method);
            const std::string_view path = route < 0 ? "none" : table[static_cast<std::size_t>(route)].path;
            const std::string status = std::to_string(statusClass) + "xx";
            const std::array labels{Label{"method", method}, Label{"route", path}, Label{"status", status}};
            text.sample(static_cast<double>(count), labels);
        }
    }
    text.single("sextant_server_refused_credentials_total", MetricType::Counter,
        "Requests with a missing, wrong or too weak credential.", static_cast<double>(metrics.refusedCredentials()));
    text.single("sextant_server_login_failures_total", MetricType::Counter, "Logins with a wrong name or password.",
        static_cast<double>(metrics.loginFailures()));
    text.single("sextant_server_login_lockouts_total", MetricType::Counter,
        "Logins turned away because of too many failures.", static_cast<double>(metrics.lockOuts()));
    text.single("sextant_server_enrolments_total", MetricType::Counter, "Hosts that enrolled since the start.",
        static_cast<double>(metrics.enrolments()));
}

void exposeIngest(MetricSink& text, const IngestCounts& counts)
{
    const auto counter = [&](std::string_view name, std::string_view help, std::uint64_t value) {
        text.single(name, MetricType::Counter, help, static_cast<double>(value));
    };
    counter("sextant_server_ingest_batches_total", "Batches stored.", counts.batches);
    counter("sextant_server_ingest_duplicate_batches_total", "Batches that had been stored before.", counts.duplicates);
    counter("sextant_server_ingest_rows_total", "Rows stored.", counts.rows);
    counter("sextant_server_ingest_values_total", "Values stored.", counts.values);
    counter("sextant_server_ingest_repeated_rows_total", "Rows left out because they were stored before.",
        counts.repeatedRows);
    text.begin(
        "sextant_server_ingest_refused_rows_total", MetricType::Counter, "Rows left out of stored batches, by reason.");
    for (std::size_t i = 0; i < metrics::kRefusalReasons; ++i) {
        const std::array reason{Label{"reason", reasonName(static_cast<metrics::RefusalReason>(i))}};
        text.sample(static_cast<double>(counts.refusedRows[i]), reason);
    }
    counter("sextant_server_ingest_replayed_frames_total", "Stored frames that were late when they came.",
        counts.replayedFrames);
    counter("sextant_server_ingest_unknown_families_total", "Frames of families that the catalogue lacks.",
        counts.unknownFamilies);
    counter("sextant_server_ingest_refused_tags_total", "Tags left out of batches.", counts.refusedTags);
    counter("sextant_server_ingest_busy_batches_total",
        "Batches turned away because the queue was full or the database too slow.", counts.busy);
    counter("sextant_server_ingest_failed_batches_total", "Batches that the store could not take.", counts.failed);
    counter("sextant_server_ingest_commits_total", "Transactions of the writer.", counts.groups);
    text.single("sextant_server_ingest_queue_batches", MetricType::Gauge, "Batches that wait for the writer.",
        static_cast<double>(counts.queuedBatches));
    text.single("sextant_server_ingest_queue_bytes", MetricType::Gauge, "Memory of batches that wait for the writer.",
        static_cast<double>(counts.queuedBytes));
}

void exposeOverCardinality(MetricSink& text, const std::unordered_map<HostId, std::uint64_t>& hosts)
{
    text.begin("sextant_server_ingest_over_cardinality_rows_total", MetricType::Counter,
        "Rows left out because their host has too many instances, by host.");
    for (const auto& [host, rows] : hosts) {
        const std::string id = std::to_string(host.value);
        const std::array labels{Label{"host", id}};
        text.sample(static_cast<double>(rows), labels);
    }
}

void exposeReceived(MetricSink& text, const SampleSink& sink)
{
    text.begin("sextant_server_received_samples_total", MetricType::Counter,
        "Samples of programs, by the way they came and what became of them.");
    for (std::size_t i = 0; i < kWays; ++i) {
        const auto way = static_cast<Way>(i);
        for (const auto& [outcome, value] :
            {std::pair<std::string_view, std::uint64_t>{"stored", sink.stored(way)}, {"refused", sink.refused(way)}}) {
            const std::array labels{Label{"way", wayName(way)}, Label{"outcome", outcome}};
            text.sample(static_cast<double>(value), labels);
        }
    }
}

void exposeDocuments(MetricSink& text, const DocumentCounts& counts)
{
    text.begin(
        "sextant_server_ingest_documents_total", MetricType::Counter, "Documents that came, by what became of them.");
    for (const auto& [outcome, value] : {std::pair<std::string_view, std::uint64_t>{"stored", counts.stored},
             {"repeated", counts.repeated}, {"refused", counts.refused}}) {
        const std::array labels{Label{"outcome", outcome}};
        text.sample(static_cast<double>(value), labels);
    }
    text.single("sextant_server_ingest_document_queue_batches", MetricType::Gauge,
        "Batches whose documents wait to be stored.", static_cast<double>(counts.waiting));
}

void exposeStore(MetricSink& text, const StoreSizes& sizes)
{
    const auto perTier = [&](std::string_view name, std::string_view help, std::int64_t TierSize::*member) {
        text.begin(name, MetricType::Gauge, help);
        for (std::size_t i = 0; i < sizes.tiers.size(); ++i) {
            const std::array tier{Label{"tier", tierName(static_cast<Tier>(i))}};
            text.sample(static_cast<double>(sizes.tiers[i].*member), tier);
        }
    };
    perTier("sextant_server_store_blocks", "Stored blocks, by tier; raw: sealed hours.", &TierSize::blocks);
    perTier("sextant_server_store_rows", "Rows in stored blocks, by tier.", &TierSize::rows);
    perTier("sextant_server_store_block_bytes", "Encoded bytes of stored blocks, by tier.", &TierSize::bytes);
    text.begin("sextant_server_store_oldest_time_seconds", MetricType::Gauge,
        "Where the oldest stored block begins, in Unix time, by tier; none: nothing is stored.");
    for (std::size_t i = 0; i < sizes.tiers.size(); ++i) {
        const std::array tier{Label{"tier", tierName(static_cast<Tier>(i))}};
        if (const auto oldestMs = sizes.tiers[i].oldestMs)
            text.sample(static_cast<double>(*oldestMs) / 1'000, tier);
    }
    text.single("sextant_server_store_hot_hours", MetricType::Gauge, "Hours of hosts that are not sealed.",
        static_cast<double>(sizes.hotHours));
    text.single("sextant_server_store_used_bytes", MetricType::Gauge,
        "What the database uses, without room that it will use again.", static_cast<double>(sizes.usedBytes));
}

void exposeMaintenance(MetricSink& text, const Maintenance::Counts& counts)
{
    if (counts.lastSealMs > 0)
        text.single("sextant_server_store_last_seal_time_seconds", MetricType::Gauge,
            "When an hour was sealed last since the start, in Unix time.",
            static_cast<double>(counts.lastSealMs) / 1'000);
    text.single("sextant_server_store_seal_failures_total", MetricType::Counter,
        "Hours that could not be sealed at the time.", static_cast<double>(counts.sealFailures));
    text.single("sextant_server_store_damaged_blocks_total", MetricType::Counter,
        "Stored blocks of which a part was found damaged since the start, each counted once.",
        static_cast<double>(damagedBlockCount()));
}

void exposeForwarding(MetricSink& text, const std::vector<ForwardState>& states)
{
    const auto perTarget = [&](std::string_view name, MetricType type, std::string_view help, auto value) {
        text.begin(name, type, help);
        for (const ForwardState& state : states) {
            const std::array target{Label{"target", state.name}};
            text.sample(static_cast<double>(value(state)), target);
        }
    };
    using State = const ForwardState&;
    perTarget("sextant_server_forward_queue_bytes", MetricType::Gauge, "What waits for a remote write target.",
        [](State state) { return state.waiting.bytes; });
    perTarget("sextant_server_forward_queue_samples", MetricType::Gauge, "Samples that wait for a target.",
        [](State state) { return state.waiting.samples; });
    perTarget("sextant_server_forward_oldest_time_seconds", MetricType::Gauge,
        "When the oldest that waits for a target came, in Unix time; 0: nothing waits.",
        [](State state) { return static_cast<double>(state.waiting.oldestMs) / 1'000; });
    perTarget("sextant_server_forward_failing", MetricType::Gauge, "1 while a target takes nothing.",
        [](State state) { return state.counts.trouble.empty() ? 0 : 1; });
    perTarget("sextant_server_forward_last_status", MetricType::Gauge,
        "HTTP status of a target's last answer; 0: it did not answer, or was not asked yet.",
        [](State state) { return state.counts.status; });
    perTarget("sextant_server_forward_sent_samples_total", MetricType::Counter, "Samples that a target took.",
        [](State state) { return state.counts.sent; });
    perTarget("sextant_server_forward_refused_samples_total", MetricType::Counter,
        "Samples that a target will never take.", [](State state) { return state.counts.refused; });
    perTarget("sextant_server_forward_dropped_samples_total", MetricType::Counter,
        "Samples for which the queue of a target had no room, or that could not be written into it.",
        [](State state) { return state.counts.dropped; });
    perTarget("sextant_server_forward_retried_requests_total", MetricType::Counter,
        "Requests that a target did not take at the time.", [](State state) { return state.counts.retries; });
}

void exposeProcess(MetricSink& text, const ProcessUse& use)
{
    if (use.cpuSeconds)
        text.single(
            "sextant_server_cpu_seconds_total", MetricType::Counter, "CPU time of the server.", *use.cpuSeconds);
    if (use.residentBytes)
        text.single("sextant_server_resident_bytes", MetricType::Gauge, "Memory of the server that is in RAM.",
            static_cast<double>(*use.residentBytes));
    if (use.openFiles)
        text.single("sextant_server_open_files", MetricType::Gauge, "Files and sockets that the server holds open.",
            static_cast<double>(*use.openFiles));
    text.single("sextant_server_start_time_seconds", MetricType::Gauge, "When the server started, in Unix time.",
        use.startSeconds);
}

} // namespace

http::Response health(Services&, const Call&)
{
    return http::textResponse(200, "ok\n");
}

http::Response readiness(Services& services, const Call&)
{
    if (const auto state = services.database.state(); !state)
        return http::problem(503, state.error().code, "the database is away: " + state.error().message, kTryAgain);
    if (!services.isLoaded)
        return http::problem(503, ErrorCode::Unreachable, "the server is reading what the database knows", kTryAgain);
    // A read of the database proves that it answers, ingest's last group that it can be written.
    if (const auto good = services.tokens.isGood(QByteArray()); !good)
        return http::problem(503, good.error().code, "the database cannot be read: " + good.error().message, kTryAgain);
    // That it was away when the last group came says nothing: it is back.
    if (const auto trouble = services.ingest.trouble(); trouble && trouble->code != ErrorCode::Unreachable)
        return http::problem(503, trouble->code, "batches cannot be stored: " + trouble->message, kTryAgain);
    return http::textResponse(200, "ready\n");
}

http::Response exposeMetrics(Services& services, const Call& call)
{
    const ExpositionFormat format = expositionFormat(call.request.head);
    metrics::ExpositionWriter text(format);
    text.begin("sextant_server_build_info", MetricType::Gauge, "1, with the version of the server.");
    const std::array version{Label{"version", SEXTANT_VERSION}};
    text.sample(1, version);
    exposeRequests(text, services.metrics);
    text.single("sextant_server_http_connections", MetricType::Gauge, "Open connections.",
        static_cast<double>(services.connections()));
    text.single("sextant_server_live_subscribers", MetricType::Gauge, "Open live streams.",
        static_cast<double>(services.hub.subscribers()));
    text.single("sextant_server_live_dropped_frames_total", MetricType::Counter, "Frames that live streams missed.",
        static_cast<double>(services.hub.dropped()));
    text.begin("sextant_server_waiting_jobs", MetricType::Gauge, "Requests that wait for a thread of their pool.");
    const std::array passwords{Label{"pool", "passwords"}};
    text.sample(static_cast<double>(services.passwords.waiting()), passwords);
    const std::array queries{Label{"pool", "queries"}};
    text.sample(static_cast<double>(services.queries.waiting()), queries);
    const std::array promql{Label{"pool", "promql"}};
    text.sample(static_cast<double>(services.promql.waiting()), promql);
    exposeIngest(text, services.ingest.counts());
    exposeOverCardinality(text, services.ingest.overCardinality());
    exposeReceived(text, services.sink);
    exposeDocuments(text, services.documents.counts());
    if (const auto sizes = services.upkeep.sizes())
        exposeStore(text, *sizes);
    else
        services.log.warning("storage", "cannot read the sizes of the store", {{"error", sizes.error().message}});
    exposeMaintenance(text, services.maintenance.counts());
    if (services.forwarder)
        exposeForwarding(text, services.forwarder->states());
    exposeProcess(text, services.processUse());
    return expositionResponse(text.take(), format);
}

} // namespace sextant::server
