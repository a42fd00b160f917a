// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

#include <map>
#include <memory>
#include <optional>

namespace sextant::test {

/// The real sextant-server as a child process, on a free loopback port, with a data folder of its own that goes when
/// this object goes. Used by one thread; every wait has a limit. `if (!server.start())
/// QFAIL(qPrintable(server.error()))`.
class ServerProcess {
public:
    explicit ServerProcess(QStringList moreArguments = {});
    /// Kills the server when it still runs.
    ~ServerProcess();
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    /// What the server and its commands find in their environment beside what the test has. Before start().
    void setEnvironment(std::map<QString, QString> more) { m_environment = std::move(more); }

    /// Starts the server and waits until it is ready. A second start (after kill() or stop()) uses the same data folder
    /// and port.
    [[nodiscard]] bool start(int timeoutMs = 30'000);
    /// SIGKILL, then waits until it is gone.
    void kill();
    /// SIGTERM; true when the server then ended by itself with exit code 0.
    [[nodiscard]] bool stop(int timeoutMs = 15'000);
    [[nodiscard]] bool isRunning() const { return m_process && m_process->state() == QProcess::Running; }
    [[nodiscard]] qint64 processId() const { return m_process ? m_process->processId() : 0; }

    /// Why start() failed: one line and the end of the log.
    [[nodiscard]] QString error() const { return m_error; }

    [[nodiscard]] QString dataDir() const { return m_folder.filePath(QStringLiteral("data")); }
    [[nodiscard]] QString url() const { return m_url; }
    [[nodiscard]] quint16 port() const;
    [[nodiscard]] QByteArray caPem() const;
    [[nodiscard]] QString caFingerprint() const { return m_caFingerprint; }
    /// What the first start printed; empty as long as it did not.
    [[nodiscard]] QString adminPassword();
    [[nodiscard]] QString enrolmentToken();

    /// Makes another enrolment token on the command line; empty when that fails.
    [[nodiscard]] QString makeToken();
    /// Makes an API key on the command line, with these options of `key add`; empty when that fails.
    [[nodiscard]] QByteArray makeKey(const QString& name, const QStringList& options = {});

    struct CommandResult {
        int exitCode = -1;
        QByteArray output;
        QByteArray errors;
    };
    /// Runs `sextant-server <arguments> --data-dir <this one's, or that one>`.
    [[nodiscard]] CommandResult command(
        const QStringList& arguments, const QByteArray& input = {}, const QString& otherDataDir = {});

    /// Everything that the server logged since its last start.
    [[nodiscard]] QByteArray log() const;

private:
    [[nodiscard]] QString said(const char* key) const;
    [[nodiscard]] QProcessEnvironment environment() const;

    QTemporaryDir m_folder;
    QStringList m_moreArguments;
    std::map<QString, QString> m_environment;
    std::unique_ptr<QProcess> m_process;
    QString m_error;
    QString m_url;
    QString m_caFingerprint;
    QString m_adminPassword;
    QString m_enrolmentToken;
};

/// The secret inside an enrolment token.
[[nodiscard]] QString secretOfToken(const QString& token);

} // namespace sextant::test
