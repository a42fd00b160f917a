// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/tinyobs.h"

#include "server/api/compat.h"
#include "server/api/handlers.h"
#include "server/api/receive.h"
#include "server/api/services.h"
#include "server/receivers/rfc3339.h"
#include "server/receivers/tinyobs.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace sextant::server {
namespace {

/// From when to when the samples of a request are; nothing for none.
QJsonObject rangeOf(const Intake& intake)
{
    if (intake.series.empty())
        return {};
    const auto [first, last] = std::ranges::minmax(
        intake.series, {}, [](const SampleSeries& series) { return series.samples.front().timeMs; });
    return {{QStringLiteral("start"), QString::fromStdString(timeText(first.samples.front().timeMs))},
        {QStringLiteral("end"), QString::fromStdString(timeText(last.samples.front().timeMs))}};
}

/// Reads a request; answers and gives nothing where it cannot be.
std::optional<Intake> readRequest(const Services& services, const Call& call, std::size_t maxItems,
    RequestDeltas& deltas, const http::Responder& responder)
{
    auto intake = readTinyObs(call.request.body, maxItems, services.clock(), deltas);
    if (!intake) {
        deltas.undo();
        responder.send(tinyObsError(unreadableStatus(intake.error()), intake.error().message));
        return std::nullopt;
    }
    return std::move(*intake);
}

constexpr std::string_view kInvalidItem = "invalid metric at index ";

} // namespace

http::Response tinyObsError(int status, std::string_view message)
{
    const std::string_view phrase = http::reasonPhrase(status);
    return jsonOf(status, {{QStringLiteral("error"), QString::fromStdString(std::string(phrase))},
                              {QStringLiteral("message"), QString::fromStdString(std::string(message))}});
}

void receiveTinyObs(Services& services, Call& call, const http::Responder& responder)
{
    const auto deltas = std::make_shared<RequestDeltas>(services.totals, writerOf(call));
    auto intake = readRequest(services, call, kTinyObsItems, *deltas, responder);
    if (!intake)
        return;
    const auto answer = [](const Received& received) {
        const QJsonArray errors = refusedSentences(received, kInvalidItem, ": ");
        if (received.stored == 0 && received.refused > 0)
            return tinyObsError(refusedStatus(received), errors.first().toString().toStdString());
        QJsonObject stored{{QStringLiteral("status"), QStringLiteral("success")},
            {QStringLiteral("count"), static_cast<qint64>(received.stored)}};
        if (received.refused > 0) {
            stored.insert(QStringLiteral("status"), QStringLiteral("partial"));
            stored.insert(QStringLiteral("rejected"), static_cast<qint64>(received.refused));
            stored.insert(QStringLiteral("errors"), errors);
        }
        return jsonOf(200, stored);
    };
    storeSamples(services, call, Way::TinyObs, std::move(*intake), responder, answer, [deltas] { deltas->undo(); });
}

void importTinyObs(Services& services, Call& call, const http::Responder& responder)
{
    const auto deltas = std::make_shared<RequestDeltas>(services.totals, writerOf(call));
    auto intake = readRequest(services, call, SampleSink::kMaxSamples, *deltas, responder);
    if (!intake)
        return;
    const QJsonObject range = rangeOf(*intake);
    const QString now = QString::fromStdString(timeText(services.clock()));
    const auto answer = [range, now](const Received& received) {
        return jsonOf(200, {{QStringLiteral("metrics_imported"), static_cast<qint64>(received.stored)},
                               {QStringLiteral("batches_written"), received.stored > 0 ? 1 : 0},
                               {QStringLiteral("time_range"), range}, {QStringLiteral("imported_at"), now},
                               {QStringLiteral("errors"), refusedSentences(received, kInvalidItem, ": ")}});
    };
    storeSamples(services, call, Way::TinyObs, std::move(*intake), responder, answer, [deltas] { deltas->undo(); });
}

} // namespace sextant::server
