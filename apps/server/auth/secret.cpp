// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/secret.h"

#include <QCryptographicHash>
#include <QRandomGenerator>

#include <string_view>

namespace sextant::server {

QByteArray randomBytes(qsizetype bytes)
{
    QByteArray random(bytes, '\0');
    auto* system = QRandomGenerator::system();
    for (char& byte : random)
        byte = static_cast<char>(system->bounded(256));
    return random;
}

QByteArray makeSecret()
{
    return randomBytes(32).toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

QByteArray secretHash(const QByteArray& secret)
{
    return QCryptographicHash::hash(secret, QCryptographicHash::Sha256);
}

QByteArray makePassword()
{
    constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    constexpr int kLength = 20;
    QByteArray password;
    for (int i = 0; i < kLength; ++i)
        password += kLetters[QRandomGenerator::system()->bounded(static_cast<quint32>(kLetters.size()))];
    return password;
}

} // namespace sextant::server
