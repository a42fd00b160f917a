// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/postgres_cluster.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QThread>
#include <QUrl>

#include <unistd.h>

#include <csignal>

namespace sextant::test {
namespace {

QByteArray firstLine(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readLine(4'096).trimmed() : QByteArray();
}

bool killNow(qint64 process)
{
    return process > 1 && ::kill(static_cast<pid_t>(process), SIGKILL) == 0;
}

} // namespace

bool PostgresCluster::isThere()
{
    return qEnvironmentVariableIsSet("SEXTANT_POSTGRES_URL");
}

PostgresCluster::PostgresCluster()
    : m_url(qEnvironmentVariable("SEXTANT_POSTGRES_URL")),
      m_data(qEnvironmentVariable("SEXTANT_POSTGRES_DATA")),
      m_programs(qEnvironmentVariable("SEXTANT_POSTGRES_BIN"))
{
}

quint16 PostgresCluster::port() const
{
    return static_cast<quint16>(QUrl(m_url).port());
}

QString PostgresCluster::urlAt(quint16 port) const
{
    QUrl url(m_url);
    url.setPort(port);
    url.setQuery(QStringLiteral("sslmode=disable&gssencmode=disable"));
    return url.toString();
}

bool PostgresCluster::start()
{
    // What is left of a killed one may hold its memory for a moment.
    const QDeadlineTimer deadline(30'000);
    while (!deadline.hasExpired()) {
        if (control(
                {QStringLiteral("-w"), QStringLiteral("-l"), m_data + QStringLiteral("/log"), QStringLiteral("start")}))
            return true;
        QThread::msleep(100);
    }
    return false;
}

bool PostgresCluster::stopAtOnce()
{
    return control({QStringLiteral("-m"), QStringLiteral("immediate"), QStringLiteral("stop")});
}

bool PostgresCluster::killPostmaster()
{
    return killNow(postmaster());
}

bool PostgresCluster::killBackend(std::mt19937& random)
{
    const auto candidates = backends();
    return !candidates.empty() && killNow(candidates[random() % candidates.size()]);
}

bool PostgresCluster::control(const QStringList& arguments) const
{
    QProcess process;
    process.setWorkingDirectory(QStringLiteral("/"));
    // The server keeps what it is started with: it must not be our pipes.
    process.setStandardOutputFile(QProcess::nullDevice());
    process.setStandardErrorFile(QProcess::nullDevice());
    QStringList command{m_programs + QStringLiteral("/pg_ctl"), QStringLiteral("-s"), QStringLiteral("-D"), m_data};
    command += arguments;
    if (::getuid() == 0) // as scripts/timescale does: PostgreSQL refuses to be root's
        command = QStringList{QStringLiteral("runuser"), QStringLiteral("-u"), QStringLiteral("postgres"),
                      QStringLiteral("--")} +
                  command;
    const QString program = command.takeFirst();
    process.start(program, command);
    return process.waitForFinished(60'000) && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0;
}

qint64 PostgresCluster::postmaster() const
{
    return firstLine(m_data + QStringLiteral("/postmaster.pid")).toLongLong();
}

std::vector<qint64> PostgresCluster::backends() const
{
    const qint64 parent = postmaster();
    std::vector<qint64> found;
    for (const QString& process : QDir(QStringLiteral("/proc")).entryList({QStringLiteral("[0-9]*")}, QDir::Dirs)) {
        const QByteArray status = firstLine(QStringLiteral("/proc/%1/stat").arg(process));
        const QList<QByteArray> fields = status.mid(status.lastIndexOf(')') + 2).split(' ');
        // "postgres: USER DATABASE ADDRESS(PORT) …"
        if (fields.value(1).toLongLong() == parent &&
            firstLine(QStringLiteral("/proc/%1/cmdline").arg(process)).contains(" 127.0.0.1("))
            found.push_back(process.toLongLong());
    }
    return found;
}

} // namespace sextant::test
