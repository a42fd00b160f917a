// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/server_process.h"

#include <QDeadlineTimer>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QThread>
#include <QUrl>

#include <sys/prctl.h>
#include <sys/types.h>

#include <csignal>
#include <utility>

namespace sextant::test {
namespace {

constexpr int kPollMs = 10;

QByteArray readAll(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

ServerProcess::ServerProcess(QStringList moreArguments) : m_moreArguments(std::move(moreArguments)) {}

ServerProcess::~ServerProcess()
{
    kill();
}

bool ServerProcess::start(int timeoutMs)
{
    const QString listen = m_url.isEmpty() ? QStringLiteral("127.0.0.1:0") : QStringLiteral("127.0.0.1:%1").arg(port());
    const QString output = m_folder.filePath(QStringLiteral("output"));
    QFile::remove(dataDir() + QStringLiteral("/url"));
    m_process = std::make_unique<QProcess>();
    m_process->setProcessEnvironment(environment());
    m_process->setStandardOutputFile(output);
    m_process->setStandardErrorFile(m_folder.filePath(QStringLiteral("log")));
    // The server goes with the test, even when the test is killed.
    m_process->setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
    m_process->start(
        QStringLiteral(SEXTANT_SERVER_PROGRAM), QStringList{QStringLiteral("run"), QStringLiteral("--data-dir"),
                                                    dataDir(), QStringLiteral("--listen"), listen} +
                                                    m_moreArguments);
    const QDeadlineTimer deadline(timeoutMs);
    QByteArray url;
    while (url.isEmpty()) {
        if (m_process->waitForFinished(kPollMs) || deadline.hasExpired()) {
            m_error = QStringLiteral("the server did not start: ") + QString::fromUtf8(log().right(2'000));
            return false;
        }
        url = readAll(dataDir() + QStringLiteral("/url")).trimmed();
    }
    m_url = QString::fromUtf8(url);
    m_caFingerprint = said("CA fingerprint");
    // Kept: the next start prints them no more.
    static_cast<void>(adminPassword());
    static_cast<void>(enrolmentToken());
    return true;
}

void ServerProcess::kill()
{
    if (!m_process)
        return;
    m_process->kill();
    m_process->waitForFinished(10'000);
    m_process.reset();
}

bool ServerProcess::stop(int timeoutMs)
{
    if (!m_process)
        return false;
    m_process->terminate();
    const bool ended = m_process->waitForFinished(timeoutMs);
    const bool clean = ended && m_process->exitStatus() == QProcess::NormalExit && m_process->exitCode() == 0;
    kill();
    return clean;
}

quint16 ServerProcess::port() const
{
    return static_cast<quint16>(QUrl(m_url).port());
}

QByteArray ServerProcess::caPem() const
{
    return readAll(dataDir() + QStringLiteral("/ca.pem"));
}

QString ServerProcess::makeToken()
{
    const CommandResult result = command({QStringLiteral("token"), QStringLiteral("create")});
    return result.exitCode == 0 ? QString::fromUtf8(result.output).trimmed() : QString();
}

QByteArray ServerProcess::makeKey(const QString& name, const QStringList& options)
{
    const CommandResult result = command(QStringList{QStringLiteral("key"), QStringLiteral("add"), name} + options);
    return result.exitCode == 0 ? result.output.trimmed() : QByteArray();
}

ServerProcess::CommandResult ServerProcess::command(
    const QStringList& arguments, const QByteArray& input, const QString& otherDataDir)
{
    QProcess process;
    process.setProcessEnvironment(environment());
    process.start(QStringLiteral(SEXTANT_SERVER_PROGRAM),
        arguments + QStringList{QStringLiteral("--data-dir"), otherDataDir.isEmpty() ? dataDir() : otherDataDir});
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(30'000)) {
        process.kill();
        process.waitForFinished();
        return {};
    }
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

QByteArray ServerProcess::log() const
{
    return readAll(m_folder.filePath(QStringLiteral("log")));
}

QString ServerProcess::adminPassword()
{
    if (m_adminPassword.isEmpty())
        m_adminPassword = said("admin password");
    return m_adminPassword;
}

QString ServerProcess::enrolmentToken()
{
    if (m_enrolmentToken.isEmpty())
        m_enrolmentToken = said("enrolment token");
    return m_enrolmentToken;
}

QProcessEnvironment ServerProcess::environment() const
{
    auto environment = QProcessEnvironment::systemEnvironment();
    for (const auto& [name, value] : m_environment)
        environment.insert(name, value);
    return environment;
}

QString ServerProcess::said(const char* key) const
{
    const QByteArray output = readAll(m_folder.filePath(QStringLiteral("output")));
    const QByteArray prefix = QByteArray(key) + ":";
    for (const QByteArray& line : output.split('\n')) {
        if (line.trimmed().startsWith(prefix))
            return QString::fromUtf8(line.trimmed().mid(prefix.size())).trimmed();
    }
    return {};
}

QString secretOfToken(const QString& token)
{
    const QByteArray word = token.toLatin1();
    const QByteArray json = QByteArray::fromBase64(word.mid(word.indexOf('_') + 1), QByteArray::Base64UrlEncoding);
    return QJsonDocument::fromJson(json).object().value(QStringLiteral("secret")).toString();
}

} // namespace sextant::test
