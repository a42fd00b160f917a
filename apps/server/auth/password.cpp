// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/password.h"

#include "server/auth/openssl.h"
#include "server/auth/secret.h"

#include <QStringList>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstdint>
#include <string>

namespace sextant::server {
namespace {

constexpr qsizetype kSaltBytes = 16;
constexpr qsizetype kHashBytes = 32;

Result<QByteArray> derive(const QByteArray& password, const QByteArray& salt, ScryptCost cost)
{
    QByteArray hash(kHashBytes, '\0');
    const std::uint64_t n = std::uint64_t{1} << cost.logN;
    const std::uint64_t memory = 128 * n * static_cast<std::uint64_t>(cost.r) + (std::uint64_t{1} << 20);
    const int done = EVP_PBE_scrypt(password.constData(), static_cast<std::size_t>(password.size()),
        reinterpret_cast<const unsigned char*>(salt.constData()), static_cast<std::size_t>(salt.size()), n,
        static_cast<std::uint64_t>(cost.r), static_cast<std::uint64_t>(cost.p), memory,
        reinterpret_cast<unsigned char*>(hash.data()), static_cast<std::size_t>(hash.size()));
    if (done != 1)
        return tl::unexpected<Error>(openssl::error(ErrorCode::Internal, "scrypt"));
    return hash;
}

QString format(ScryptCost cost, const QByteArray& salt, const QByteArray& hash)
{
    return QStringLiteral("scrypt$%1$%2$%3$%4$%5")
        .arg(cost.logN)
        .arg(cost.r)
        .arg(cost.p)
        .arg(QLatin1String(salt.toBase64()), QLatin1String(hash.toBase64()));
}

} // namespace

Result<QString> hashPassword(const QByteArray& password, ScryptCost cost)
{
    if (password.size() < kPasswordMin || password.size() > kPasswordMax)
        return fail(ErrorCode::Invalid,
            "password: expected " + std::to_string(kPasswordMin) + " to " + std::to_string(kPasswordMax) + " bytes");
    const QByteArray salt = randomBytes(kSaltBytes);
    return derive(password, salt, cost).map([&](const QByteArray& hash) { return format(cost, salt, hash); });
}

Result<bool> checkPassword(const QByteArray& password, const QString& stored)
{
    const QStringList parts = stored.split(u'$');
    if (parts.size() != 6 || parts[0] != QLatin1String("scrypt"))
        return fail(ErrorCode::Malformed, "a stored password hash is not of this program");
    const ScryptCost cost{parts[1].toInt(), parts[2].toInt(), parts[3].toInt()};
    const bool sane = cost.logN >= 1 && cost.logN <= 20 && cost.r >= 1 && cost.r <= 32 && cost.p >= 1 && cost.p <= 16;
    const QByteArray expected = QByteArray::fromBase64(parts[5].toLatin1());
    if (!sane || expected.size() != kHashBytes)
        return fail(ErrorCode::Malformed, "a stored password hash is not of this program");
    const QByteArray tried = password.size() <= kPasswordMax ? password : QByteArray();
    return derive(tried, QByteArray::fromBase64(parts[4].toLatin1()), cost).map([&](const QByteArray& hash) {
        return CRYPTO_memcmp(hash.constData(), expected.constData(), kHashBytes) == 0;
    });
}

QString unknownUserHash()
{
    // A random hash value: the chance that a password gives it is the chance of guessing 256 bits.
    return format({}, randomBytes(kSaltBytes), randomBytes(kHashBytes));
}

} // namespace sextant::server
