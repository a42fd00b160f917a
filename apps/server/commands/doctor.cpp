// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/certificate_authority.h"
#include "server/auth/server_certificate.h"
#include "server/auth/x509.h"
#include "server/commands/commands.h"
#include "server/commands/data_folder.h"
#include "server/forward/forwarder.h"
#include "server/storage/clock.h"
#include "server/storage/database.h"

#include <QDateTime>
#include <QFile>
#include <QFileInfo>
#include <QHostAddress>
#include <QLockFile>
#include <QStorageInfo>
#include <QTcpServer>

#include <cstdio>

namespace sextant::server {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr qint64 kLittleSpace = qint64{1} << 30;
constexpr std::int64_t kEarliestSaneMs = 1'700'000'000'000; // November 2023: before this program was written

/// Prints one line per check and remembers whether all were good.
class Report {
public:
    void say(bool good, const char* what, const std::string& detail)
    {
        std::fputs(((good ? "ok    " : "FAIL  ") + std::string(what) + ": " + detail + "\n").c_str(), stdout);
        m_allGood = m_allGood && good;
    }
    [[nodiscard]] bool allGood() const { return m_allGood; }

private:
    bool m_allGood = true;
};

std::string dateText(std::int64_t unixMs)
{
    return QDateTime::fromMSecsSinceEpoch(unixMs).toString(u"yyyy-MM-dd").toStdString();
}

void checkFolder(Report& report, const Config& config, const DataFolder& folder)
{
    const QFileInfo info(folder.path);
    report.say(info.isDir() && info.isWritable(), "data folder",
        folder.path.toStdString() + (!info.isDir()          ? " does not exist"
                                        : info.isWritable() ? ""
                                                            : " cannot be written"));
    QStringList secrets{QStringLiteral("/ca.key"), QStringLiteral("/server.key")};
    if (config.databaseUrl.isEmpty())
        secrets.append(QStringLiteral("/sextant.db"));
    for (const QString& name : secrets) {
        const QFileInfo file(folder.path + name);
        constexpr auto kOthers =
            QFileDevice::ReadGroup | QFileDevice::WriteGroup | QFileDevice::ReadOther | QFileDevice::WriteOther;
        const bool isPrivate = file.exists() && (file.permissions() & kOthers) == QFileDevice::Permissions();
        report.say(isPrivate, "permissions",
            file.filePath().toStdString() + (!file.exists() ? " does not exist"
                                                : isPrivate ? ""
                                                            : " can be read by others: chmod 600"));
    }
}

void checkDatabase(Report& report, const Config& config, const DataFolder& folder)
{
    const auto database = openDatabase(config, folder, true);
    report.say(
        database.has_value(), "database", database ? "opens; its schema is of this version" : database.error().message);
}

void checkCertificates(Report& report, const DataFolder& folder, std::int64_t nowMs)
{
    if (!QFile::exists(folder.path + QStringLiteral("/ca.pem"))) {
        report.say(false, "CA certificate", "there is none; the first start makes it");
        return;
    }
    const auto authority = CertificateAuthority::openOrCreate(folder.path, nowMs);
    if (!authority) {
        report.say(false, "CA certificate", authority.error().message);
        return;
    }
    report.say(authority->notAfterMs() - nowMs > 365 * kDayMs, "CA certificate",
        "valid until " + dateText(authority->notAfterMs()) + ", fingerprint " + authority->fingerprint().toStdString());
    const auto pem = openssl::readFile(folder.path + QStringLiteral("/server.pem"));
    const auto certificate = pem ? openssl::certificateFromPem(*pem) : tl::unexpected<Error>(pem.error());
    if (!certificate) {
        report.say(false, "server certificate", certificate.error().message);
        return;
    }
    const std::int64_t notAfterMs = openssl::notAfterMs(certificate->get());
    report.say(notAfterMs > nowMs, "server certificate", "valid until " + dateText(notAfterMs) + "; renewed by itself");
}

void checkDisk(Report& report, const DataFolder& folder)
{
    const QStorageInfo disk(folder.path);
    report.say(disk.bytesAvailable() > kLittleSpace, "disk space",
        std::to_string(disk.bytesAvailable() >> 20) + " MiB free on " + disk.rootPath().toStdString());
}

void checkForwarding(Report& report, const Config& config, std::int64_t nowMs)
{
    constexpr std::int64_t kLateMs = 10 * 60'000;
    for (const RemoteWriteTarget& target : config.remoteWrite) {
        const std::string what = "remote write " + target.name;
        for (const std::string& path : {target.caFile, target.bearerTokenFile, target.passwordFile}) {
            if (!path.empty() && !QFileInfo(QString::fromStdString(path)).isReadable())
                report.say(false, what.c_str(), path + " cannot be read");
        }
        const QString queue = forwardQueuePath(config.dataDir, target.name);
        if (!QFile::exists(queue)) {
            report.say(true, what.c_str(), "nothing waits");
            continue;
        }
        const auto waiting = ForwardQueue::look(queue);
        if (!waiting)
            report.say(false, what.c_str(), waiting.error().message);
        else
            report.say(waiting->bodies == 0 || nowMs - waiting->oldestMs < kLateMs, what.c_str(),
                std::to_string(waiting->samples) + " samples (" + std::to_string(waiting->bytes >> 10) + " KiB) wait" +
                    (waiting->bodies == 0 ? ""
                                          : ", the oldest for " + std::to_string((nowMs - waiting->oldestMs) / 1'000) +
                                                " s; the server's log says why"));
    }
}

void checkPort(Report& report, const DataFolder& folder, const Config& config)
{
    QLockFile lock(folder.lock());
    lock.setStaleLockTime(0);
    if (QFileInfo::exists(folder.path) && !lock.tryLock(0)) {
        report.say(true, "port", "a server runs at " + knownUrl(folder).toStdString());
        return;
    }
    QTcpServer probe;
    const bool everywhere = config.listen.address == QLatin1String("*");
    const bool isFree = probe.listen(
        everywhere ? QHostAddress(QHostAddress::Any) : QHostAddress(config.listen.address), config.listen.port);
    const std::string port = std::to_string(config.listen.port);
    report.say(isFree, "port", isFree ? port + " is free" : port + ": " + probe.errorString().toStdString());
}

} // namespace

Result<int> doctor(const Config& config)
{
    const DataFolder folder{config.dataDir};
    const std::int64_t nowMs = systemNowMs();
    Report report;
    checkFolder(report, config, folder);
    checkDatabase(report, config, folder);
    checkCertificates(report, folder, nowMs);
    checkDisk(report, folder);
    checkForwarding(report, config, nowMs);
    report.say(nowMs > kEarliestSaneMs, "clock",
        QDateTime::fromMSecsSinceEpoch(nowMs, Qt::UTC).toString(Qt::ISODate).toStdString());
    checkPort(report, folder, config);
    return report.allGood() ? kExitOk : kExitFailure;
}

} // namespace sextant::server
