// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFile>
#include <QString>

#include <string>

#include "platform/roots.h"

namespace sextant::platform {

/// The roots of a machine below tests/fixtures/linux; see the README there.
inline Roots recordedHost(const std::string& name)
{
    const std::string folder = std::string(SEXTANT_SOURCE_DIR) + "/tests/fixtures/linux/" + name;
    return {folder + "/proc", folder + "/sys", folder + "/root"};
}

/// A file of such a machine; the test that asks for one that is not there fails on its empty text.
inline std::string recordedFile(const std::string& host, const std::string& path)
{
    QFile file(QString::fromStdString(std::string(SEXTANT_SOURCE_DIR) + "/tests/fixtures/linux/" + host + '/' + path));
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

} // namespace sextant::platform
