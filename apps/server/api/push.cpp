// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/handlers.h"
#include "server/api/receive.h"
#include "server/api/services.h"
#include "server/receivers/push_groups.h"
#include "server/receivers/text_push.h"

#include <functional>
#include <optional>
#include <utility>

namespace sextant::server {
namespace {

struct Group {
    Destination to;
    metrics::Labels labels;
    metrics::Labels key;   ///< with those that the API key adds: keys of one host have groups of their own
    std::int64_t atMs = 0; ///< of samples without a time
};

/// The group that the path names, if the key may write into it.
std::optional<Group> groupOf(Services& services, const Call& call, const http::Responder& responder)
{
    auto to = destinationFor(services, call, Way::Push);
    if (!to) {
        responder.send(std::move(to.error()));
        return std::nullopt;
    }
    auto labels = readGrouping(call.pathValues);
    if (!labels) {
        responder.send(http::problem(labels.error()));
        return std::nullopt;
    }
    metrics::Labels key = *labels;
    key.insert(key.end(), to->labels.begin(), to->labels.end());
    const std::int64_t atMs = services.pushGroups.timeFor(to->host, key, services.clock());
    return Group{std::move(*to), std::move(*labels), std::move(key), atMs};
}

/// Stores the markers of series that a group lost. A marker is refused where its series was, which is no news.
void end(Services& services, const Group& group, std::vector<SampleSeries> markers,
    std::function<void(const Result<Received>&)> told)
{
    Intake intake;
    intake.series = markers;
    services.sink.submit(Way::Push, group.to, std::move(intake),
        [&groups = services.pushGroups, host = group.to.host, key = group.key, markers = std::move(markers),
            told = std::move(told)](const Result<Received>& received) {
            if (!received)
                groups.takeBack(host, key, markers);
            told(received);
        });
}

} // namespace

void receivePush(Services& services, Call& call, const http::Responder& responder)
{
    if (typeIs(call, "application/vnd.google.protobuf")) {
        responder.send(http::problem(415, ErrorCode::Malformed, "expected metrics as text", "Content-Type"));
        return;
    }
    const auto group = groupOf(services, call, responder);
    if (!group)
        return;
    const auto format = typeIs(call, "application/openmetrics-text") ? metrics::ExpositionFormat::OpenMetrics
                                                                     : metrics::ExpositionFormat::Text;
    auto intake = readTextPush(call.request.body, format, group->labels, group->atMs);
    if (intake && intake->received.refused == 0) { // of a line that cannot be read nobody knows whether it is missing
        const auto loses =
            call.request.head.method == http::Method::Put ? PushGroups::Loses::All : PushGroups::Loses::SameNames;
        auto markers = services.pushGroups.replace(group->to.host, group->key, loses, intake->series, group->atMs);
        end(services, *group, std::move(markers), [](const Result<Received>&) {});
    }
    storeOrRefuse(services, call, Way::Push, std::move(intake), 200, responder);
}

void deletePushed(Services& services, Call& call, const http::Responder& responder)
{
    const auto group = groupOf(services, call, responder);
    if (!group)
        return;
    auto markers = services.pushGroups.replace(group->to.host, group->key, PushGroups::Loses::All, {}, group->atMs);
    end(services, *group, std::move(markers), [responder](const Result<Received>& received) {
        responder.send(received ? http::emptyResponse(202) : http::problem(received.error()));
    });
}

} // namespace sextant::server
