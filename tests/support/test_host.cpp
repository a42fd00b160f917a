// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/test_host.h"

#include "metrics/codec.h"
#include "metrics/compression.h"
#include "metrics/families.h"
#include "server/auth/openssl.h"
#include "server/auth/x509.h"
#include "support/server_process.h"

#include <QRandomGenerator>

#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace sextant::test {

KeyAndRequest makeKeyAndRequest(int rsaBits)
{
    namespace openssl = server::openssl;
    const openssl::Key key(rsaBits > 0 ? EVP_RSA_gen(static_cast<unsigned>(rsaBits)) : EVP_EC_gen("P-256"));
    const openssl::Request request(X509_REQ_new());
    const openssl::Bio bio(BIO_new(BIO_s_mem()));
    X509_REQ_set_pubkey(request.get(), key.get());
    X509_REQ_sign(request.get(), key.get(), EVP_sha256());
    PEM_write_bio_X509_REQ(bio.get(), request.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {openssl::keyToPem(key.get()).value_or(QByteArray()), QByteArray(data, size)};
}

std::optional<TestHost> enrolHost(
    const QString& url, const QByteArray& caPem, const QString& token, const QString& hostname)
{
    const KeyAndRequest keys = makeKeyAndRequest();
    HttpsClient client(url, caPem);
    const QJsonObject os{{QStringLiteral("family"), QStringLiteral("linux")},
        {QStringLiteral("name"), QStringLiteral("Debian GNU/Linux 12 (bookworm)")},
        {QStringLiteral("kernel"), QStringLiteral("6.1.0")},
        {QStringLiteral("architecture"), QStringLiteral("x86_64")}};
    const Answer answer = client.post("/api/v1/agent/enroll",
        {{QStringLiteral("secret"), secretOfToken(token)},
            {QStringLiteral("csr"), QString::fromLatin1(keys.requestPem)}, {QStringLiteral("hostname"), hostname},
            {QStringLiteral("machineId"), hostname}, {QStringLiteral("agentVersion"), QStringLiteral("0.1.0")},
            {QStringLiteral("os"), os}});
    if (answer.status != 201)
        return std::nullopt;
    const QJsonObject body = answer.json();
    return TestHost{body.value(QStringLiteral("hostId")).toInteger(),
        {body.value(QStringLiteral("certificate")).toString().toLatin1(), keys.keyPem}};
}

std::optional<TestHost> enrolHost(ServerProcess& server, const QString& hostname)
{
    return enrolHost(server.url(), server.caPem(), server.makeToken(), hostname);
}

metrics::Batch makeBatch(std::int64_t timeMs, std::int64_t totalBytes)
{
    std::array<std::uint8_t, 10> random{};
    for (std::uint8_t& byte : random)
        byte = static_cast<std::uint8_t>(QRandomGenerator::global()->bounded(256));
    metrics::Frame frame(metrics::family("memory"), timeMs, 10'000);
    frame.addRow();
    frame.set(0, metrics::column("memory", "total_bytes"), totalBytes);
    metrics::Batch batch;
    batch.id = metrics::BatchId::make(timeMs, random);
    batch.host = "made-up";
    batch.frames.push_back(std::move(frame));
    return batch;
}

Answer sendBatch(HttpsClient& client, const metrics::Batch& batch)
{
    const auto packed = metrics::zstdCompress(metrics::encodeBatch(batch));
    if (!packed)
        return {};
    return client.request("POST", "/api/v1/agent/batches", QByteArray::fromStdString(*packed),
        {{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "zstd"}});
}

} // namespace sextant::test
