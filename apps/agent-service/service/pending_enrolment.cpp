// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/service/pending_enrolment.h"

#include "agent-service/commands/exit_code.h"

#include <QCoreApplication>
#include <QFile>

#include <utility>

namespace sextant::agent {

PendingEnrolment::PendingEnrolment(logging::Log& log, Backoff::Dice dice) : m_log(log), m_backoff(std::move(dice))
{
    m_child.setProcessChannelMode(QProcess::MergedChannels);
}

PendingEnrolment::~PendingEnrolment()
{
    m_child.disconnect();
    m_child.kill();
    m_child.waitForFinished();
}

void PendingEnrolment::look(const Settings& settings, std::chrono::milliseconds elapsed)
{
    m_elapsed = elapsed;
    const std::string tokenFile = settings.stateDir + "/enroll.token";
    if (m_child.state() != QProcess::NotRunning || elapsed < m_notBefore ||
        !QFile::exists(QString::fromStdString(tokenFile)))
        return;
    // All settings as variables: a proxy's password is nobody's business in a list of processes.
    auto environment = QProcessEnvironment::systemEnvironment();
    for (const Setting& setting : allSettings())
        environment.insert(
            QString::fromStdString(setting.environmentName()), QString::fromStdString(setting.text(settings)));
    m_child.setProcessEnvironment(environment);
    m_child.disconnect();
    QObject::connect(&m_child, &QProcess::finished, &m_child, [this, tokenFile](int code, QProcess::ExitStatus status) {
        onEnd(tokenFile, status == QProcess::NormalExit ? code : -1);
    });
    m_child.start(QCoreApplication::applicationFilePath(),
        {QStringLiteral("enroll"), QStringLiteral("--token-file"), QString::fromStdString(tokenFile)});
}

void PendingEnrolment::onEnd(const std::string& tokenFile, int code)
{
    const std::string said = QString::fromUtf8(m_child.readAll()).trimmed().toStdString();
    if (code == static_cast<int>(ExitCode::Success)) {
        m_backoff.reset();
        m_log.info("uplink", said);
        return;
    }
    if (code == static_cast<int>(ExitCode::TokenRefused)) {
        const QString aside = QString::fromStdString(tokenFile) + QStringLiteral(".refused");
        QFile::remove(aside);
        QFile::rename(QString::fromStdString(tokenFile), aside);
        m_log.error("uplink", "this host cannot be enrolled with the token that was left for it: enrol it by hand",
            {{"reason", said}, {"kept_as", aside.toStdString()}});
        return;
    }
    m_notBefore = m_elapsed + m_backoff.next();
    m_log.warning("uplink", "this host cannot be enrolled now, trying again", {{"reason", said}});
}

} // namespace sextant::agent
