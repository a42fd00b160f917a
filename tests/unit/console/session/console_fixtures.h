// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFile>
#include <QProcess>
#include <QSslCertificate>
#include <QSslKey>
#include <QString>
#include <QTemporaryDir>

namespace sextant::console::test {

/// A CA and a server's certificate that it signed, for loopback.
struct Authority {
    QSslCertificate authority = QSslCertificate();
    QSslCertificate certificate = QSslCertificate();
    QSslKey key = QSslKey();
};

/// Made by the openssl program; everything is null when that fails. `names` are the server's subjectAltNames.
inline Authority makeAuthority(const QString& names = QStringLiteral("IP:127.0.0.1,DNS:localhost"))
{
    const QTemporaryDir folder;
    const auto path = [&folder](const char* name) { return folder.filePath(QLatin1String(name)); };
    const auto run = [&folder](const QString& arguments) {
        QProcess openssl;
        openssl.setWorkingDirectory(folder.path());
        openssl.start(QStringLiteral("openssl"), arguments.split(QLatin1Char(' ')));
        return openssl.waitForFinished(20'000) && openssl.exitCode() == 0;
    };
    QFile extensions(path("ext"));
    if (!extensions.open(QIODevice::WriteOnly))
        return Authority();
    extensions.write("basicConstraints=CA:FALSE\nsubjectAltName=" + names.toLatin1() + '\n');
    extensions.close();
    const QString newKey = QStringLiteral(" -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes ");
    if (!run(QStringLiteral("req -x509 -days 30 -subj /CN=TestCA -keyout ca.key -out ca.pem") + newKey.chopped(1)) ||
        !run(QStringLiteral("req -subj /CN=server -keyout server.key -out server.csr") + newKey.chopped(1)) ||
        !run(QStringLiteral(
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile ext -out server.pem")))
        return Authority();
    QFile key(path("server.key"));
    if (!key.open(QIODevice::ReadOnly))
        return Authority();
    Authority made;
    made.authority = QSslCertificate::fromPath(path("ca.pem")).value(0);
    made.certificate = QSslCertificate::fromPath(path("server.pem")).value(0);
    made.key = QSslKey(key.readAll(), QSsl::Ec);
    return made;
}

} // namespace sextant::console::test
