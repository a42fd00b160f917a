// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/uplink/identity.h"

#include "process/machine_secret.h"
#include "process/private_files.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>

#include <filesystem>
#include <system_error>
#include <vector>

namespace sextant::agent {
namespace {

constexpr int kFormat = 1;
constexpr const char* kIdentityFile = "identity.json";

bool isKeyFileName(const std::string& name)
{
    return name.starts_with("agent-") && name.ends_with(".key") && name.find('/') == std::string::npos;
}

tl::unexpected<Error> damaged(const std::string& path, const std::string& what)
{
    return fail(ErrorCode::Malformed, path + ": " + what + "; enrol again with --force");
}

Result<QSslCertificate> certificateFrom(const QJsonObject& object, QLatin1String name, const std::string& path)
{
    const QSslCertificate certificate(object.value(name).toString().toLatin1(), QSsl::Pem);
    if (certificate.isNull())
        return damaged(path, "holds a certificate that cannot be read");
    return certificate;
}

} // namespace

std::uint64_t IdentityStore::version() const
{
    return process::fileVersion(path(kIdentityFile));
}

Result<Identity> IdentityStore::load() const
{
    const std::string file = path(kIdentityFile);
    const auto text = process::readPrivateFile(file);
    if (!text)
        return tl::unexpected(text.error());
    const QJsonObject object = QJsonDocument::fromJson(QByteArray::fromStdString(*text)).object();
    if (object.value(QLatin1String("format")).toInt() != kFormat)
        return damaged(file, "is no identity of this version");
    Identity identity;
    identity.server = object.value(QLatin1String("server")).toString().toStdString();
    identity.hostId = object.value(QLatin1String("hostId")).toInteger();
    const auto certificate = certificateFrom(object, QLatin1String("certificate"), file);
    const auto authority = certificateFrom(object, QLatin1String("ca"), file);
    if (!certificate || !authority)
        return tl::unexpected(certificate ? authority.error() : certificate.error());
    identity.certificate = *certificate;
    identity.authority = *authority;
    identity.notAfterMs = identity.certificate.expiryDate().toMSecsSinceEpoch();
    const std::string keyName = object.value(QLatin1String("key")).toString().toStdString();
    if (!isKeyFileName(keyName))
        return damaged(file, "names no key file");
    const auto kept = process::readPrivateFile(path(keyName));
    if (!kept)
        return tl::unexpected(kept.error());
    const auto keyPem = process::unprotect(*kept);
    if (!keyPem)
        return damaged(path(keyName), keyPem.error().message);
    identity.key = QSslKey(QByteArray::fromStdString(*keyPem), QSsl::Ec, QSsl::Pem, QSsl::PrivateKey);
    if (identity.key.isNull())
        return damaged(path(keyName), "is no private key");
    identity.keyFile = keyName;
    return identity;
}

Result<void> IdentityStore::protectKey(const Identity& identity) const
{
    const std::string file = path(identity.keyFile);
    return process::readPrivateFile(file).and_then([&](const std::string& kept) -> Result<void> {
        if (!process::isUnprotected(kept))
            return {};
        return process::protectForMachine(kept).and_then(
            [&](const std::string& secret) { return process::replacePrivateFile(file, secret); });
    });
}

Result<std::string> IdentityStore::createKeyFile(const std::string& keyPem) const
{
    const QString random = QString::number(QRandomGenerator::system()->generate64(), 16);
    const std::string name = "agent-" + random.toStdString() + ".key";
    return process::preparePrivateFolder(m_dir)
        .and_then([&] { return process::protectForMachine(keyPem); })
        .and_then([&](const std::string& secret) { return process::createPrivateFile(path(name), secret); })
        .map([&] { return name; });
}

Result<void> IdentityStore::commit(const NewIdentity& identity) const
{
    const QJsonObject object{
        {QStringLiteral("format"), kFormat},
        {QStringLiteral("server"), QString::fromStdString(identity.server)},
        {QStringLiteral("hostId"), static_cast<qint64>(identity.hostId)},
        {QStringLiteral("notAfter"), static_cast<qint64>(identity.notAfterMs)},
        {QStringLiteral("key"), QString::fromStdString(identity.keyFile)},
        {QStringLiteral("certificate"), QString::fromStdString(identity.certificatePem)},
        {QStringLiteral("ca"), QString::fromStdString(identity.authorityPem)},
    };
    const auto stored = process::replacePrivateFile(path(kIdentityFile), QJsonDocument(object).toJson().toStdString());
    if (!stored)
        return stored;
    // Keys that no identity names any more are worth nothing but trouble.
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(m_dir, error)) {
        const std::string name = entry.path().filename().string();
        if (isKeyFileName(name) && name != identity.keyFile)
            removeKeyFile(name);
    }
    return {};
}

void IdentityStore::removeKeyFile(const std::string& name) const
{
    std::error_code error;
    std::filesystem::remove(path(name), error);
}

} // namespace sextant::agent
