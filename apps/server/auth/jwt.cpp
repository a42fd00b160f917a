// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/jwt.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace sextant::server {
namespace {

constexpr qsizetype kMaxToken = 8'192;
constexpr unsigned kSignatureBytes = 32;

std::optional<QByteArray> decoded(const QByteArray& part)
{
    auto bytes = QByteArray::fromBase64Encoding(
        part, QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals | QByteArray::AbortOnBase64DecodingErrors);
    return bytes ? std::optional(std::move(bytes.decoded)) : std::nullopt;
}

std::optional<QJsonObject> objectOf(const QByteArray& part)
{
    const auto bytes = decoded(part);
    const QJsonDocument document = bytes ? QJsonDocument::fromJson(*bytes) : QJsonDocument();
    return document.isObject() ? std::optional(document.object()) : std::nullopt;
}

bool isSignedBy(const QByteArray& secret, const QByteArray& text, const QByteArray& signature)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> expected{};
    unsigned size = 0;
    const unsigned char* made = HMAC(EVP_sha256(), secret.constData(), static_cast<int>(secret.size()),
        reinterpret_cast<const unsigned char*>(text.constData()), static_cast<std::size_t>(text.size()),
        expected.data(), &size);
    return made && size == kSignatureBytes && signature.size() == qsizetype{kSignatureBytes} &&
           CRYPTO_memcmp(expected.data(), signature.constData(), kSignatureBytes) == 0;
}

} // namespace

Result<JwtVerifier> JwtVerifier::fromFile(const QString& file)
{
    QFile in(file);
    if (!in.open(QIODevice::ReadOnly))
        return fail(in.exists() ? ErrorCode::Io : ErrorCode::NotFound,
            "cannot read " + file.toStdString() + ": " + in.errorString().toStdString());
    QByteArray secret = in.readLine().trimmed();
    if (secret.size() < kSecretBytes)
        return fail(ErrorCode::Invalid,
            file.toStdString() + ": the secret has fewer than " + std::to_string(kSecretBytes) + " bytes");
    return JwtVerifier(std::move(secret));
}

bool JwtVerifier::isToken(const QByteArray& credential)
{
    return credential.size() <= kMaxToken && credential.startsWith("ey") && credential.count('.') == 2;
}

std::optional<QString> JwtVerifier::verify(const QByteArray& token, std::int64_t nowMs) const
{
    const auto parts = token.split('.');
    if (!isToken(token) || parts.size() != 3)
        return std::nullopt;
    const auto signature = decoded(parts[2]);
    if (!signature || !isSignedBy(m_secret, parts[0] + '.' + parts[1], *signature))
        return std::nullopt;
    const auto header = objectOf(parts[0]);
    const auto claims = objectOf(parts[1]);
    // "crit" names what has to be understood (RFC 7515 §4.1.11), and nothing of it is here.
    if (!header || !claims || header->value(QLatin1String("alg")) != QLatin1String("HS256") ||
        header->contains(QLatin1String("crit")))
        return std::nullopt;
    const QJsonValue expires = claims->value(QLatin1String("exp"));
    const QJsonValue begins = claims->value(QLatin1String("nbf"));
    const double now = static_cast<double>(nowMs) / 1'000;
    if (!expires.isDouble() || expires.toDouble() <= now)
        return std::nullopt;
    if (!begins.isUndefined() && (!begins.isDouble() || begins.toDouble() > now))
        return std::nullopt;
    return claims->value(QLatin1String("sub")).toString();
}

} // namespace sextant::server
