// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/commands/enroll.h"

#include "agent-service/commands/enrolment_token.h"
#include "agent-service/uplink/certificate_probe.h"
#include "agent-service/uplink/host_key.h"
#include "agent-service/uplink/https_client.h"
#include "agent-service/uplink/identity.h"
#include "agent-service/uplink/introduction.h"
#include "process/private_files.h"

#include <QEventLoop>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

#include <utility>

namespace sextant::agent {
namespace {

ExitCode exitCodeFor(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Denied:
        return ExitCode::NotTrusted;
    case ErrorCode::Unreachable:
    case ErrorCode::TimedOut:
    case ErrorCode::Malformed:
    case ErrorCode::TooLarge:
        return ExitCode::Unreachable;
    default:
        return ExitCode::Failure;
    }
}

EnrolmentResult failed(const Error& error)
{
    return {exitCodeFor(error.code), error.message};
}

std::string requestBody(const EnrolmentToken& token, const std::string& request, const platform::HostFacts& facts)
{
    QJsonObject object = introductionOf(facts);
    object.insert(QStringLiteral("secret"), QString::fromStdString(token.secret));
    object.insert(QStringLiteral("csr"), QString::fromStdString(request));
    return QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString();
}

Result<HttpResponse> post(
    const ServerAddress& server, const QSslCertificate& authority, std::chrono::milliseconds timeout, std::string body)
{
    HttpsClient client(server, tlsTrusting(authority));
    QEventLoop loop;
    Result<HttpResponse> answer = fail(ErrorCode::Internal, "no answer");
    const HttpRequest request{"POST", "/api/v1/agent/enroll", {{"Content-Type", "application/json"}}, std::move(body)};
    client.send(request, timeout, [&](Result<HttpResponse> got) {
        answer = std::move(got);
        loop.quit();
    });
    loop.exec();
    return answer;
}

std::string detailOf(const HttpResponse& response)
{
    const QJsonObject problem = QJsonDocument::fromJson(QByteArray::fromStdString(response.body)).object();
    const QString detail = problem.value(QLatin1String("detail")).toString();
    return "HTTP " + std::to_string(response.status) + (detail.isEmpty() ? "" : ": " + detail.left(300).toStdString());
}

EnrolmentResult refused(const HttpResponse& response)
{
    const std::string detail = detailOf(response);
    if (response.status == 401)
        return {ExitCode::TokenRefused,
            "the server does not take this token: it is unknown, used, revoked or expired (" + detail + ")"};
    if (response.status == 429 || response.status >= 500)
        return {ExitCode::Unreachable, "the server cannot enrol now, try again later (" + detail + ")"};
    return {ExitCode::Failure, "the server refused the enrolment (" + detail + ")"};
}

EnrolmentResult store(const IdentityStore& store, const std::string& url, const std::string& keyFile,
    const QSslCertificate& authority, const HttpResponse& response)
{
    const QJsonObject answer = QJsonDocument::fromJson(QByteArray::fromStdString(response.body)).object();
    NewIdentity identity;
    identity.server = url;
    identity.keyFile = keyFile;
    identity.hostId = answer.value(QLatin1String("hostId")).toInteger();
    identity.notAfterMs = answer.value(QLatin1String("notAfter")).toInteger();
    identity.certificatePem = answer.value(QLatin1String("certificate")).toString().toStdString();
    // The CA that the token vouches for, whatever the answer says.
    identity.authorityPem = authority.toPem().toStdString();
    const QSslCertificate certificate(QByteArray::fromStdString(identity.certificatePem), QSsl::Pem);
    if (identity.hostId <= 0 || certificate.isNull())
        return {ExitCode::Unreachable, "the server's answer to the enrolment cannot be understood"};
    if (const auto stored = store.commit(identity); !stored)
        return {ExitCode::Identity, stored.error().message};
    return {ExitCode::Success, "enrolled at " + url + " as host " + std::to_string(identity.hostId)};
}

Result<std::string> tokenText(const EnrolmentArguments& arguments)
{
    if (arguments.tokenFile.empty())
        return arguments.token;
    return process::readPrivateFile(arguments.tokenFile).map([](const std::string& text) {
        return QString::fromStdString(text).trimmed().toStdString();
    });
}

} // namespace

EnrolmentResult enroll(
    const Settings& settings, const EnrolmentArguments& arguments, const platform::HostFacts& facts, std::int64_t nowMs)
{
    const auto text = tokenText(arguments);
    if (!text)
        return {ExitCode::Failure, text.error().message};
    const auto token = parseEnrolmentToken(*text, arguments.authorityFingerprint);
    if (!token)
        return {token.error().code == ErrorCode::Denied ? ExitCode::NotTrusted : ExitCode::TokenRefused,
            token.error().message};
    const IdentityStore identities(settings.stateDir);
    if (identities.exists() && !arguments.force)
        return {ExitCode::Identity,
            "this host is enrolled already (" + settings.stateDir + "); use --force to enrol it anew"};
    if (nowMs >= token->expiresMs)
        return {ExitCode::TokenRefused,
            "the token has expired; make a new one on the server (or is this host's clock wrong?)"};
    const std::string url = settings.server.empty() ? token->url : settings.server;
    const auto server = parseServerAddress(url);
    if (!server)
        return {ExitCode::TokenRefused, url + " is no usable server: " + server.error().message};

    const auto authority = findAuthority(*server, token->authorityFingerprint, settings.requestTimeout);
    if (!authority)
        return failed(authority.error());
    const auto key = makeHostKey(facts.hostname);
    if (!key)
        return failed(key.error());
    const auto keyFile = identities.createKeyFile(key->keyPem);
    if (!keyFile)
        return {ExitCode::Identity, keyFile.error().message};
    const auto answer = post(*server, *authority, settings.requestTimeout, requestBody(*token, key->requestPem, facts));
    EnrolmentResult result = !answer                 ? failed(answer.error())
                             : answer->status == 201 ? store(identities, url, *keyFile, *authority, *answer)
                                                     : refused(*answer);
    if (result.code != ExitCode::Success)
        identities.removeKeyFile(*keyFile);
    else if (!arguments.tokenFile.empty())
        QFile::remove(QString::fromStdString(arguments.tokenFile)); // it worked once and never will again
    return result;
}

} // namespace sextant::agent
