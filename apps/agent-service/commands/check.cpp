// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/commands/check.h"

#include "agent-service/service/clock.h"
#include "agent-service/uplink/https_client.h"
#include "agent-service/uplink/identity.h"
#include "logging/log.h"
#include "metrics/codec.h"
#include "metrics/compression.h"

#include <QDateTime>
#include <QEventLoop>
#include <QRandomGenerator>

#include <array>
#include <utility>

namespace sextant::agent {
namespace {

Result<HttpRequest> emptyBatch()
{
    std::array<std::uint8_t, 10> random{};
    for (std::uint8_t& byte : random)
        byte = static_cast<std::uint8_t>(QRandomGenerator::global()->generate());
    const metrics::Batch batch{metrics::BatchId::make(readClocks().wallMs, random), "check", {}};
    return metrics::zstdCompress(metrics::encodeBatch(batch)).map([](std::string body) {
        return HttpRequest{"POST", "/api/v1/agent/batches",
            {{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "zstd"}}, std::move(body)};
    });
}

Result<HttpResponse> ask(const Identity& identity, const ServerAddress& server, std::chrono::milliseconds timeout)
{
    const auto request = emptyBatch();
    if (!request)
        return tl::unexpected(request.error());
    HttpsClient client(server, tlsAs(identity));
    QEventLoop loop;
    Result<HttpResponse> answer = fail(ErrorCode::Internal, "no answer");
    client.send(*request, timeout, [&](Result<HttpResponse> got) {
        answer = std::move(got);
        loop.quit();
    });
    loop.exec();
    return answer;
}

} // namespace

ExitCode check(const Settings& settings, const std::function<void(const std::string&)>& print)
{
    print("settings: right; collecting every " + std::to_string(settings.interval.count()) + " ms");
    const auto identity = IdentityStore(settings.stateDir).load();
    if (!identity) {
        const bool missing = identity.error().code == ErrorCode::NotFound;
        print("identity: " +
              (missing ? "this host is not enrolled; run `sextant-agent enroll TOKEN`" : identity.error().message));
        return ExitCode::Identity;
    }
    print("identity: host " + std::to_string(identity->hostId) + ", certificate good until " +
          QDateTime::fromMSecsSinceEpoch(identity->notAfterMs, Qt::UTC).toString(Qt::ISODate).toStdString());
    const auto server = parseServerAddress(settings.server.empty() ? identity->server : settings.server);
    if (!server) {
        print("server: " + server.error().message);
        return ExitCode::Usage;
    }
    const auto answer = ask(*identity, *server, settings.requestTimeout);
    if (!answer) {
        print("server: " + answer.error().message);
        return answer.error().code == ErrorCode::Denied ? ExitCode::NotTrusted : ExitCode::Unreachable;
    }
    if (answer->status >= 200 && answer->status < 300) {
        print("server: " + server->text() + " takes this agent's data");
        return ExitCode::Success;
    }
    if (answer->status == 401 || answer->status == 403) {
        print("server: " + server->text() + " does not accept this agent's certificate; was the host removed there?");
        return ExitCode::Identity;
    }
    print("server: " + server->text() + " answers HTTP " + std::to_string(answer->status));
    return ExitCode::Unreachable;
}

} // namespace sextant::agent
