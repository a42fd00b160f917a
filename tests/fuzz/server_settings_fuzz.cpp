// SPDX-License-Identifier: GPL-3.0-or-later
// What people give a server: values of settings, the database's URL among them, and TOML files. The first byte selects.
#include "fuzz/bytes.h"
#include "fuzz/require.h"
#include "server/config/config.h"
#include "server/config/settings.h"
#include "server/config/values.h"
#include "server/storage/postgres/url.h"

#include <QFile>
#include <QTemporaryDir>

using namespace sextant;

namespace {

using sextant::fuzz::require;

void fuzzValue(std::string_view text)
{
    const QString value = QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
    for (const server::Setting& setting : server::settings()) {
        server::Config config;
        static_cast<void>(setting.put(config, value));
    }
    if (const auto duration = server::parseDuration(value))
        require(*duration >= 0);
    if (const auto size = server::parseBytes(value))
        require(*size >= 0);
    // A URL that is taken holds no password, and what is told of it neither.
    if (server::checkPostgresUrl(value))
        require(server::withoutPassword(value) == value);
}

void fuzzFile(std::string_view text)
{
    static const QTemporaryDir folder(QStringLiteral("/dev/shm/settings_fuzz-XXXXXX"));
    server::ConfigSources sources;
    sources.file = folder.filePath(QStringLiteral("server.toml"));
    QFile file(sources.file);
    require(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    require(file.write(text.data(), static_cast<qint64>(text.size())) == static_cast<qint64>(text.size()));
    file.close();
    static_cast<void>(server::loadConfig(sources));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz::Bytes bytes(data, size);
    if (bytes.number<std::uint8_t>() % 2 == 0)
        fuzzValue(bytes.rest());
    else
        fuzzFile(bytes.rest());
    return 0;
}
