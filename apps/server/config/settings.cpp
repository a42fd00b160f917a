// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/settings.h"

#include "metrics/catalogue.h"
#include "server/config/retention.h"
#include "server/config/values.h"
#include "server/storage/postgres/url.h"

#include <QHostAddress>
#include <QUrl>

#include <algorithm>
#include <array>
#include <vector>

namespace sextant::server {
namespace {

template <typename T>
bool putWhole(T& target, const QString& value, qlonglong smallest, qlonglong largest)
{
    bool isNumber = false;
    const qlonglong number = value.toLongLong(&isNumber);
    if (!isNumber || number < smallest || number > largest)
        return false;
    target = static_cast<T>(number);
    return true;
}

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kYearMs = 365 * 24 * kHourMs;
constexpr std::int64_t kSmallestStore = 64LL << 20;

bool putKept(std::int64_t& target, const QString& value, std::int64_t shortestMs)
{
    const auto keptMs = parseDuration(value);
    target = keptMs.value_or(target);
    return keptMs && *keptMs >= shortestMs && *keptMs <= 20 * kYearMs;
}

bool putStoreMaxBytes(Config& config, const QString& value)
{
    const auto bytes = parseBytes(value);
    config.storeMaxBytes = bytes.value_or(config.storeMaxBytes);
    return bytes && (*bytes == 0 || *bytes >= kSmallestStore);
}

bool putDataDir(Config& config, const QString& value)
{
    config.dataDir = value;
    return !value.isEmpty();
}

bool putDatabaseUrl(Config& config, const QString& value)
{
    config.databaseUrl = value;
    return value.isEmpty() || checkPostgresUrl(value);
}

bool putListen(Config& config, const QString& value)
{
    const auto listen = parseListen(value);
    if (listen)
        config.listen = *listen;
    return listen.has_value();
}

bool putPublicUrl(Config& config, const QString& value)
{
    const QUrl url(value, QUrl::StrictMode);
    config.publicUrl = value;
    return url.isValid() && url.scheme() == QLatin1String("https") && !url.host().isEmpty() &&
           (url.path().isEmpty() || url.path() == QLatin1String("/")) && !url.hasQuery() && !url.hasFragment();
}

bool putNames(Config& config, const QString& value)
{
    config.names = value.split(u',', Qt::SkipEmptyParts);
    return std::ranges::all_of(config.names, [](const QString& name) {
        const bool isName = std::ranges::all_of(name, [](QChar c) {
            return (c.unicode() < 0x80 && c.isLetterOrNumber()) || c == u'.' || c == u'-' || c == u'_';
        });
        return isName || !QHostAddress(name).isNull();
    });
}

bool putLogLevel(Config& config, const QString& value)
{
    const auto level = logging::parseLevel(value.toStdString());
    config.logLevel = level.value_or(config.logLevel);
    return level.has_value();
}

bool putLogFormat(Config& config, const QString& value)
{
    const auto format = logging::parseFormat(value.toStdString());
    config.logFormat = format.value_or(config.logFormat);
    return format.has_value();
}

/// A setting of how long something is kept.
struct KeptSetting {
    std::string_view expected;
    std::int64_t shortestMs;
};
/// By tier, as kRetentionTiers.
constexpr std::array kKept{KeptSetting{"a duration from 1h to 20y, e.g. 30d", kHourMs},
    KeptSetting{"a duration from 1d to 20y, e.g. 180d", 24 * kHourMs},
    KeptSetting{"a duration from 30d to 20y, e.g. 5y", 30 * 24 * kHourMs}};

Setting familySetting(std::string_view family, std::size_t tier)
{
    const KeptSetting& kept = kKept[tier];
    const auto put = [family, tier, &kept](Config& config, const QString& value) {
        auto& target = config.familiesKeptMs[std::string(family)][tier];
        return putKept(target.emplace(), value, kept.shortestMs);
    };
    return {"retention.family." + std::string(family) + "." + std::string(kRetentionTiers[tier]), kept.expected, put};
}

std::vector<Setting> allSettings()
{
    std::vector<Setting> all{
        {"data_dir", "a folder", putDataDir},
        {"listen", "ADDRESS:PORT, e.g. *:7443, 192.0.2.1:7443 or [::1]:0", putListen},
        {"database.url",
            "postgresql://USER@HOST:PORT/DATABASE without a password (that goes into a file, named by "
            "database.password_file), or nothing for the SQLite file in data_dir",
            putDatabaseUrl},
        {"database.password_file", "a file",
            [](Config& config, const QString& value) {
                config.databasePasswordFile = value;
                return true;
            }},
        {"public_url", "https://HOST:PORT without a path", putPublicUrl},
        {"names", "host names and addresses", putNames},
        {"workers", "a whole number from 0 (one per core) to 256",
            [](Config& config, const QString& value) { return putWhole(config.workers, value, 0, 256); }},
        {"limits.connections", "a whole number from 10 to 1000000",
            [](Config& config, const QString& value) { return putWhole(config.maxConnections, value, 10, 1'000'000); }},
        {"limits.connections_per_address", "a whole number from 1 to 1000000",
            [](Config& config, const QString& value) {
                return putWhole(config.maxConnectionsPerAddress, value, 1, 1'000'000);
            }},
        {"limits.ingest_queue_mib", "a whole number from 8 to 65536",
            [](Config& config, const QString& value) { return putWhole(config.ingestQueueMiB, value, 8, 65'536); }},
        {"limits.instances_per_family", "a whole number from 16 to 65535",
            [](Config& config, const QString& value) {
                return putWhole(config.instancesPerFamily, value, 16, 65'535);
            }},
        {"limits.instances_per_host", "a whole number from 100 to 1000000",
            [](Config& config, const QString& value) {
                return putWhole(config.instancesPerHost, value, 100, 1'000'000);
            }},
        {"storage.maintenance_seconds", "a whole number from 0 (always) to 3600",
            [](Config& config, const QString& value) { return putWhole(config.maintenanceSeconds, value, 0, 3'600); }},
        {"storage.max_bytes", "0 (as much as the disk has) or a size from 64MiB, e.g. 200GiB", putStoreMaxBytes},
        {"agents.certificate_days", "a whole number from 30 to 365",
            [](Config& config, const QString& value) { return putWhole(config.agentCertificateDays, value, 30, 365); }},
        {"auth.jwt_secret_file", "a file",
            [](Config& config, const QString& value) {
                config.jwtSecretFile = value;
                return true;
            }},
        {"retention.raw", kKept[0].expected,
            [](Config& config, const QString& value) { return putKept(config.rawKeptMs, value, kKept[0].shortestMs); }},
        {"retention.5m", kKept[1].expected,
            [](Config& config, const QString& value) {
                return putKept(config.fiveMinutesKeptMs, value, kKept[1].shortestMs);
            }},
        {"retention.1h", kKept[2].expected,
            [](Config& config, const QString& value) {
                return putKept(config.hoursKeptMs, value, kKept[2].shortestMs);
            }},
        {"retention.snapshots", "a duration from 1h to 20y, e.g. 30d",
            [](Config& config, const QString& value) { return putKept(config.snapshotsKeptMs, value, kHourMs); }},
        {"log.level", "debug, info, warning or error", putLogLevel},
        {"log.format", "logfmt or json", putLogFormat},
    };
    for (const metrics::Family& family : metrics::families()) {
        for (std::size_t tier = 0; tier < kKept.size(); ++tier)
            all.push_back(familySetting(family.name, tier));
    }
    return all;
}

} // namespace

std::span<const Setting> settings()
{
    static const std::vector<Setting> all = allSettings();
    return all;
}

const Setting* findSetting(std::string_view key)
{
    const auto found = std::ranges::find(settings(), key, &Setting::key);
    return found == settings().end() ? nullptr : &*found;
}

std::string environmentName(const Setting& setting)
{
    std::string name = "SEXTANT_SERVER_";
    for (const char c : setting.key)
        name += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return name;
}

} // namespace sextant::server
