// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/exposition.h"
#include "server/api/failure.h"
#include "server/api/handlers.h"
#include "server/api/host_path.h"
#include "server/api/prometheus.h"
#include "server/api/services.h"
#include "server/hosts/host_registry.h"
#include "server/hosts/overview.h"
#include "server/ingest/sample_sink.h"

#include <algorithm>
#include <utility>

namespace sextant::server {
namespace {

constexpr std::int64_t kLookbackMs = 5 * 60'000; ///< as of a query at one time
constexpr std::size_t kMostBytes = std::size_t{64} << 20;

/// The newest sample of each series of that host, under the labels that queries see.
Result<promql::MatrixValue> newestOf(const Services& services, HostId id, const http::Responder& responder)
{
    const PromqlSource source = prometheusSource(services, id);
    promql::Budget budget(promql::Limits{}, [responder] { return responder.isAbandoned(); });
    const std::int64_t now = services.clock();
    auto found = source.select({}, {.fromMs = now - kLookbackMs + 1, .toMs = now}, budget);
    if (!found)
        return tl::unexpected(found.error());
    promql::MatrixValue newest;
    for (promql::Series& series : *found) {
        if (!promql::isStale(series.values.back()))
            newest.push_back({std::move(series.labels), {{series.timesMs.back(), series.values.back()}}});
    }
    std::ranges::sort(newest, {}, &promql::MatrixSeries::labels);
    return newest;
}

} // namespace

void hostMetrics(Services& services, Call& call, const http::Responder& responder)
{
    constexpr std::chrono::seconds kTryAgain{60};
    const auto id = hostOfPath(services, call);
    if (!id)
        return responder.send(noSuchHost());
    // Whoever scrapes is to see that the host is down, as if it were scraped itself. Sources are no machines.
    const auto host = services.overview.host(*id);
    if (host && (host->health == HostHealth::Down || host->health == HostHealth::Unknown))
        return responder.send(
            http::problem(503, ErrorCode::NotAvailable, "nothing comes from this host now", kTryAgain));
    auto newest = newestOf(services, *id, responder);
    if (responder.isAbandoned())
        return;
    if (!newest)
        return responder.send(failed(services, "metrics", "the newest samples cannot be read", newest.error()));
    const ExpositionFormat format = expositionFormat(call.request.head);
    metrics::ExpositionWriter text(format);
    if (const auto written = writeSeries(text, *newest, services.sink.descriptions(), kMostBytes); !written)
        return responder.send(failed(services, "metrics", "the newest samples are too many", written.error()));
    responder.send(expositionResponse(text.take(), format));
}

} // namespace sextant::server
