// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/process_usage.h"

#include <QByteArrayList>
#include <QFile>

#include <unistd.h>

namespace sextant::test {
namespace {

QByteArray fileOf(qint64 processId, const char* name)
{
    QFile file(QStringLiteral("/proc/%1/%2").arg(processId).arg(QLatin1String(name)));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s cannot be read", qPrintable(file.fileName()));
    return file.readAll();
}

} // namespace

double cpuSecondsOf(qint64 processId)
{
    const QByteArray line = fileOf(processId, "stat");
    const QByteArrayList fields = line.mid(line.lastIndexOf(')') + 2).split(' '); // the name may have blanks
    return (fields.value(11).toDouble() + fields.value(12).toDouble()) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double residentMiBOf(qint64 processId)
{
    return fileOf(processId, "statm").split(' ').value(1).toDouble() * static_cast<double>(sysconf(_SC_PAGESIZE)) /
           (1 << 20);
}

} // namespace sextant::test
