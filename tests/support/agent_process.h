// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace sextant::test {

class ServerProcess;

/// The real sextant-agent as a child process, collecting every second, with a state folder and a settings file of its
/// own that go when this object goes. It may be started again and again; its log goes on over all runs. Used by one
/// thread; every wait has a limit.
class AgentProcess {
public:
    explicit AgentProcess(QStringList moreArguments = {});
    /// Kills the agent when it still runs.
    ~AgentProcess();
    AgentProcess(const AgentProcess&) = delete;
    AgentProcess& operator=(const AgentProcess&) = delete;

    /// What the agent finds in its environment beside what the test has, and what its process does before it becomes
    /// the agent. Before start().
    void setEnvironment(std::map<QString, QString> more) { m_environment = std::move(more); }
    void setBefore(std::function<void()> before) { m_before = std::move(before); }
    /// Flags of `run` from the next start on.
    void setArguments(QStringList moreArguments) { m_moreArguments = std::move(moreArguments); }
    void writeConfig(const QByteArray& text);

    /// Makes it known to the server; with `force` anew. False when `enroll` fails.
    [[nodiscard]] bool enrol(ServerProcess& server, bool force = false);
    /// Exit code and all output of a command of the agent's.
    [[nodiscard]] std::pair<int, QByteArray> command(const QStringList& arguments);

    [[nodiscard]] bool start();
    void signal(int number);
    /// SIGKILL, then waits until it is gone.
    void kill();
    /// SIGTERM; true when it then ended by itself with exit code 0.
    [[nodiscard]] bool stop(int timeoutMs = 15'000);
    [[nodiscard]] bool isRunning() const { return m_process && m_process->state() == QProcess::Running; }
    [[nodiscard]] qint64 processId() const { return m_process ? m_process->processId() : 0; }

    /// A figure of /proc/<pid>/status in KiB, e.g. "VmHWM", or of /proc/<pid>/io, e.g. "write_bytes"; -1 when it is not
    /// there.
    [[nodiscard]] qint64 statusKiB(const QByteArray& name) const { return procFigure("status", name); }
    [[nodiscard]] qint64 ioFigure(const QByteArray& name) const { return procFigure("io", name); }

    [[nodiscard]] QString stateDir() const { return m_folder.filePath(QStringLiteral("state")); }
    [[nodiscard]] QString spoolFile() const { return stateDir() + QStringLiteral("/spool.db"); }
    [[nodiscard]] QByteArray log() const;

private:
    [[nodiscard]] QStringList common() const;
    [[nodiscard]] qint64 procFigure(const char* file, const QByteArray& name) const;

    QTemporaryDir m_folder;
    QStringList m_moreArguments;
    std::map<QString, QString> m_environment;
    std::function<void()> m_before;
    std::unique_ptr<QProcess> m_process;
};

} // namespace sextant::test
