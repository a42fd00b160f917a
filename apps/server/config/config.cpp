// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/config.h"

#include "metrics/catalogue.h"
#include "server/config/retention.h"
#include "server/config/settings.h"
#include "server/storage/postgres/url.h"
#include "toml/toml.h"

#include <QFile>
#include <QHostAddress>

#include <algorithm>
#include <sstream>
#include <string_view>
#include <utility>

namespace sextant::server {
namespace {

constexpr qint64 kMaxFileBytes = 1024 * 1024;
constexpr std::string_view kEnvironmentPrefix = "SEXTANT_SERVER_";

std::string at(const QString& file, const toml::source_region& where)
{
    return file.toStdString() + ":" + std::to_string(where.begin.line) + ": ";
}

tl::unexpected<Error> wrong(
    const std::string& where, std::string_view key, std::string_view expected, const QString& got)
{
    return fail(ErrorCode::Invalid, where + std::string(key) + ": expected " + std::string(expected) + ", got \"" +
                                        withoutPassword(got).toStdString() + "\"");
}

std::string noSuchSetting(const std::string& where, const std::string& key)
{
    const std::string text = where + key + ": there is no such setting";
    if (!key.starts_with("retention.family"))
        return text;
    std::string families;
    for (const metrics::Family& family : metrics::families())
        families += (families.empty() ? "" : ", ") + std::string(family.name);
    return text + "; expected retention.family.FAMILY.raw, .5m or .1h, FAMILY one of " + families;
}

/// A TOML value as the text that a setting reads. Nothing for a kind of value that no setting has.
std::optional<QString> textOf(const toml::node& node)
{
    if (const auto* text = node.as_string())
        return QString::fromStdString(text->get());
    if (const auto* number = node.as_integer())
        return QString::number(number->get());
    const auto* array = node.as_array();
    if (!array)
        return std::nullopt;
    QStringList parts;
    for (const toml::node& element : *array) {
        const auto* text = element.as_string();
        if (!text)
            return std::nullopt;
        parts.append(QString::fromStdString(text->get()));
    }
    return parts.join(u',');
}

std::optional<RemoteWriteSetting::Texts> textsOf(const toml::node& node)
{
    const auto* table = node.as_table();
    if (!table)
        return std::nullopt;
    RemoteWriteSetting::Texts texts;
    for (const auto& [name, value] : *table) {
        const auto* text = value.as_string();
        if (!text)
            return std::nullopt;
        texts.emplace_back(std::string(name.str()), text->get());
    }
    return texts;
}

RemoteWriteSetting remoteWriteSetting(std::string key, const toml::node& node, const QString& file)
{
    RemoteWriteSetting setting{std::move(key), at(file, node.source()), {}};
    if (const auto* text = node.as_string()) {
        setting.value = text->get();
    } else if (const auto* number = node.as_integer()) {
        setting.value = number->get();
    } else if (auto texts = textsOf(node)) {
        setting.value = std::move(*texts);
    } else if (const auto* array = node.as_array()) {
        std::vector<RemoteWriteSetting::Texts> list;
        for (const toml::node& element : *array) {
            if (auto one = textsOf(element))
                list.push_back(std::move(*one));
        }
        if (list.size() == array->size())
            setting.value = std::move(list);
    }
    return setting;
}

Result<void> putRemoteWrite(Config& config, const toml::node& node, const QString& file)
{
    constexpr std::size_t kMostTargets = 16;
    const auto* array = node.is_array_of_tables() ? node.as_array() : nullptr;
    if (!array || array->size() > kMostTargets)
        return fail(
            ErrorCode::Invalid, at(file, node.source()) + "remote_write: expected tables [[remote_write]], at most 16");
    for (const toml::node& element : *array) {
        std::vector<RemoteWriteSetting> settings;
        for (const auto& [name, value] : *element.as_table())
            settings.push_back(remoteWriteSetting(std::string(name.str()), value, file));
        auto target = readRemoteWriteTarget(at(file, element.source()), settings);
        if (!target)
            return tl::unexpected<Error>(target.error());
        if (std::ranges::find(config.remoteWrite, target->name, &RemoteWriteTarget::name) != config.remoteWrite.end())
            return fail(ErrorCode::Invalid,
                at(file, element.source()) + "remote_write.name: there are two targets \"" + target->name + '"');
        config.remoteWrite.push_back(std::move(*target));
    }
    return {};
}

Result<void> putTable(Config& config, const toml::table& table, const std::string& prefix, const QString& file)
{
    for (const auto& [name, node] : table) {
        const std::string key = prefix + std::string(name.str());
        if (key == "remote_write") {
            if (auto done = putRemoteWrite(config, node, file); !done)
                return done;
            continue;
        }
        if (const auto* nested = node.as_table()) {
            if (auto done = putTable(config, *nested, key + ".", file); !done)
                return done;
            continue;
        }
        const Setting* setting = findSetting(key);
        if (!setting)
            return fail(ErrorCode::Invalid, noSuchSetting(at(file, node.source()), key));
        const auto text = textOf(node);
        if (!text || !setting->put(config, *text))
            return wrong(at(file, node.source()), key, setting->expected,
                text.value_or(QStringLiteral("another kind of value")));
    }
    return {};
}

Result<void> putFile(Config& config, const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Invalid, "cannot read " + path.toStdString() + ": " + file.errorString().toStdString());
    if (file.size() > kMaxFileBytes)
        return fail(ErrorCode::Invalid, path.toStdString() + " is too large to be a configuration");
    const toml::parse_result parsed = toml::parse(file.readAll().toStdString());
    if (!parsed)
        return fail(ErrorCode::Invalid, at(path, parsed.error().source()) + std::string(parsed.error().description()));
    return putTable(config, parsed.table(), {}, path);
}

Result<void> putEnvironment(Config& config, const std::map<std::string, std::string>& environment)
{
    for (const auto& [name, value] : environment) {
        if (!name.starts_with(kEnvironmentPrefix))
            continue;
        const auto known = std::ranges::find(settings(), name, environmentName);
        if (known == settings().end())
            return fail(ErrorCode::Invalid, "environment: " + name + ": there is no such setting");
        const QString text = QString::fromStdString(value);
        if (!known->put(config, text))
            return wrong("environment: ", name, known->expected, text);
    }
    return {};
}

} // namespace

std::optional<ListenAddress> parseListen(const QString& text)
{
    const qsizetype colon = text.lastIndexOf(u':');
    bool isPort = false;
    const ushort port = text.mid(colon + 1).toUShort(&isPort);
    QString address = text.left(colon);
    if (colon < 1 || !isPort)
        return std::nullopt;
    const bool isBracketed = address.startsWith(u'[') && address.endsWith(u']');
    if (isBracketed)
        address = address.mid(1, address.size() - 2);
    if (address == QLatin1String("localhost"))
        address = QStringLiteral("127.0.0.1");
    const QHostAddress parsed(address);
    const bool isIpv6 = parsed.protocol() == QAbstractSocket::IPv6Protocol;
    if (address != QLatin1String("*") && (parsed.isNull() || isIpv6 != isBracketed))
        return std::nullopt;
    return ListenAddress{address, port};
}

Result<Config> loadConfig(const ConfigSources& sources)
{
    Config config;
    const QString file = !sources.file.isEmpty()              ? sources.file
                         : QFile::exists(sources.defaultFile) ? sources.defaultFile
                                                              : QString();
    if (!file.isEmpty()) {
        if (auto done = putFile(config, file); !done)
            return tl::unexpected<Error>(done.error());
    }
    if (auto done = putEnvironment(config, sources.environment); !done)
        return tl::unexpected<Error>(done.error());
    for (const auto& [key, value] : sources.flags) {
        const Setting* setting = findSetting(key);
        const QString text = QString::fromStdString(value);
        if (!setting)
            return fail(ErrorCode::Invalid, "flag " + key + ": there is no such setting");
        if (!setting->put(config, text))
            return wrong("flag ", key, setting->expected, text);
    }
    if (auto checked = checkRetention(config); !checked)
        return tl::unexpected<Error>(checked.error());
    return config;
}

} // namespace sextant::server
