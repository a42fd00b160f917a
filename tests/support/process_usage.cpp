// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/process_usage.h"

#include <QByteArrayList>
#include <QFile>

#include <unistd.h>

#include <initializer_list>

namespace sextant::test {
namespace {

QByteArray fileOf(qint64 processId, const char* name)
{
    QFile file(QStringLiteral("/proc/%1/%2").arg(processId).arg(QLatin1String(name)));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s cannot be read", qPrintable(file.fileName()));
    return file.readAll();
}

/// The sum of some of the times in /proc/PID/stat, counted from its third field on.
double statSeconds(qint64 processId, std::initializer_list<qsizetype> positions)
{
    const QByteArray line = fileOf(processId, "stat");
    const QByteArrayList fields = line.mid(line.lastIndexOf(')') + 2).split(' '); // the name may have blanks
    double ticks = 0;
    for (const qsizetype position : positions)
        ticks += fields.value(position).toDouble();
    return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

} // namespace

double cpuSecondsOf(qint64 processId)
{
    return statSeconds(processId, {11, 12});
}

double cpuSecondsWithChildrenOf(qint64 processId)
{
    double seconds = statSeconds(processId, {11, 12, 13, 14});
    const QByteArrayList children =
        fileOf(processId, QStringLiteral("task/%1/children").arg(processId).toLatin1().constData())
            .simplified()
            .split(' ');
    for (const QByteArray& child : children) {
        // One that ends meanwhile is counted by its parent.
        if (QFile::exists(QStringLiteral("/proc/%1/stat").arg(QLatin1String(child))))
            seconds += cpuSecondsOf(child.toLongLong());
    }
    return seconds;
}

double residentMiBOf(qint64 processId)
{
    return fileOf(processId, "statm").split(' ').value(1).toDouble() * static_cast<double>(sysconf(_SC_PAGESIZE)) /
           (1 << 20);
}

} // namespace sextant::test
