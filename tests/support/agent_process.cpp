// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/agent_process.h"

#include "support/server_process.h"

#include <QFile>

#include <sys/prctl.h>
#include <sys/types.h>

#include <csignal>

namespace sextant::test {

AgentProcess::AgentProcess(QStringList moreArguments) : m_moreArguments(std::move(moreArguments))
{
    writeConfig("interval = \"1s\"\n");
}

AgentProcess::~AgentProcess()
{
    kill();
}

void AgentProcess::writeConfig(const QByteArray& text)
{
    QFile file(m_folder.filePath(QStringLiteral("agent.toml")));
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(text) != text.size())
        qFatal("no temporary file");
}

bool AgentProcess::enrol(ServerProcess& server, bool force)
{
    QStringList arguments{QStringLiteral("enroll"), server.makeToken()};
    if (force)
        arguments.insert(1, QStringLiteral("--force"));
    return command(arguments).first == 0;
}

std::pair<int, QByteArray> AgentProcess::command(const QStringList& arguments)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QStringLiteral(SEXTANT_AGENT_PROGRAM), arguments + common());
    process.waitForFinished(40'000);
    return {process.exitCode(), process.readAll()};
}

bool AgentProcess::start()
{
    m_process = std::make_unique<QProcess>();
    auto environment = QProcessEnvironment::systemEnvironment();
    for (const auto& [name, value] : m_environment)
        environment.insert(name, value);
    m_process->setProcessEnvironment(environment);
    m_process->setStandardOutputFile(QProcess::nullDevice());
    m_process->setStandardErrorFile(m_folder.filePath(QStringLiteral("log")), QIODevice::Append);
    // The agent goes with the test, even when the test is killed.
    m_process->setChildProcessModifier([this] {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (m_before)
            m_before();
    });
    m_process->start(
        QStringLiteral(SEXTANT_AGENT_PROGRAM), QStringList{QStringLiteral("run")} + common() + m_moreArguments);
    return m_process->waitForStarted();
}

void AgentProcess::signal(int number)
{
    ::kill(static_cast<pid_t>(processId()), number);
}

void AgentProcess::kill()
{
    if (!m_process)
        return;
    m_process->kill();
    m_process->waitForFinished(10'000);
    m_process.reset();
}

bool AgentProcess::stop(int timeoutMs)
{
    if (!m_process)
        return false;
    m_process->terminate();
    const bool clean = m_process->waitForFinished(timeoutMs) && m_process->exitStatus() == QProcess::NormalExit &&
                       m_process->exitCode() == 0;
    kill();
    return clean;
}

QByteArray AgentProcess::log() const
{
    QFile file(m_folder.filePath(QStringLiteral("log")));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QStringList AgentProcess::common() const
{
    return {QStringLiteral("--config"), m_folder.filePath(QStringLiteral("agent.toml")), QStringLiteral("--state-dir"),
        stateDir()};
}

qint64 AgentProcess::procFigure(const char* file, const QByteArray& name) const
{
    QFile figures(QStringLiteral("/proc/%1/%2").arg(processId()).arg(QLatin1String(file)));
    if (!figures.open(QIODevice::ReadOnly))
        return -1;
    for (const QByteArray& line : figures.readAll().split('\n')) {
        if (line.startsWith(name + ':'))
            return line.mid(name.size() + 1).simplified().split(' ').value(0).toLongLong();
    }
    return -1;
}

} // namespace sextant::test
