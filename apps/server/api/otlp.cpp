// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/otlp.h"

#include "server/api/handlers.h"
#include "server/api/receive.h"
#include "server/api/services.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace sextant::server {
namespace {

// google/rpc/code.proto
constexpr int kInvalidArgument = 3;
constexpr int kResourceExhausted = 8;

http::Response answerIn(bool isJson, int status, const std::string& body)
{
    http::Response response;
    response.status = status;
    response.contentType = isJson ? "application/json" : "application/x-protobuf";
    response.body = QByteArray::fromStdString(body);
    return response;
}

/// A histogram's point is several samples: of those listed the points are counted, of the others the samples.
std::size_t rejectedPoints(const Received& received, std::size_t points)
{
    std::set<std::size_t> listed;
    for (const RefusedItem& item : received.items)
        listed.insert(item.item);
    const std::size_t others = received.refused - std::min(received.refused, received.items.size());
    return std::min(points, listed.size() + others);
}

} // namespace

void receiveOtlp(Services& services, Call& call, const http::Responder& responder)
{
    const bool isJson = typeIs(call, "application/json");
    if (!isJson && !typeIs(call, "application/x-protobuf")) {
        responder.send(http::problem(
            415, ErrorCode::Malformed, "expected application/x-protobuf or application/json", "Content-Type"));
        return;
    }
    const auto deltas = std::make_shared<RequestDeltas>(services.totals, writerOf(call));
    OtlpSeries series(*deltas);
    const auto read = isJson ? readOtlpJson(call.request.body, series) : readOtlpProtobuf(call.request.body, series);
    if (!read) {
        deltas->undo();
        const bool isLarge = read.error().code == ErrorCode::TooLarge;
        responder.send(answerIn(isJson, isLarge ? 413 : 400,
            otlpStatus(isJson, isLarge ? kResourceExhausted : kInvalidArgument, read.error().message)));
        return;
    }
    const std::size_t points = series.points();
    const auto answer = [isJson, points](const Received& received) {
        const std::string message = received.items.empty()
                                        ? std::string()
                                        : "first: data point " + std::to_string(received.items.front().item) + ": " +
                                              received.items.front().detail;
        return answerIn(isJson, 200, otlpAnswer(isJson, rejectedPoints(received, points), message));
    };
    storeSamples(services, call, Way::Otlp, series.finish(), responder, answer, [deltas] { deltas->undo(); });
}

} // namespace sextant::server
