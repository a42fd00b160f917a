// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/commands/enrolment_token.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace sextant::agent {
namespace {

constexpr std::string_view kPrefix = "sextant1_";
constexpr std::size_t kMaxLength = 4'096;
constexpr int kFingerprintBytes = 32;

tl::unexpected<Error> damaged(const char* what)
{
    return fail(ErrorCode::Malformed,
        std::string("the token is damaged (") + what + "): copy the whole word that the server printed");
}

} // namespace

Result<EnrolmentToken> parseEnrolmentToken(std::string_view text, const std::string& authorityFingerprint)
{
    if (!text.starts_with(kPrefix))
        return damaged("it does not begin with sextant1_");
    if (text.size() > kMaxLength)
        return damaged("it is too long");
    text.remove_prefix(kPrefix.size());
    const auto decoded = QByteArray::fromBase64Encoding(QByteArray(text.data(), static_cast<qsizetype>(text.size())),
        QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals | QByteArray::AbortOnBase64DecodingErrors);
    const QJsonDocument document = decoded ? QJsonDocument::fromJson(*decoded) : QJsonDocument();
    if (!document.isObject())
        return damaged("it cannot be decoded");
    const QJsonObject object = document.object();
    EnrolmentToken token;
    token.url = object.value(QLatin1String("url")).toString().toStdString();
    token.authorityFingerprint = QByteArray::fromHex(object.value(QLatin1String("ca")).toString().toLatin1());
    token.secret = object.value(QLatin1String("secret")).toString().toStdString();
    token.expiresMs = object.value(QLatin1String("expires")).toInteger();
    if (token.url.empty() || token.secret.empty() || token.expiresMs <= 0)
        return damaged("something is missing in it");
    if (token.authorityFingerprint.size() != kFingerprintBytes)
        return damaged("its fingerprint is none");
    if (!authorityFingerprint.empty() &&
        QByteArray::fromHex(QByteArray::fromStdString(authorityFingerprint)) != token.authorityFingerprint)
        return fail(ErrorCode::Denied, "the token is for another server: it names the CA with the fingerprint " +
                                           token.authorityFingerprint.toHex(':').toStdString());
    return token;
}

} // namespace sextant::agent
