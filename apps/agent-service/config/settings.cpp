// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/config/settings.h"

#include "agent-service/config/values.h"
#include "metrics/tags.h"
#include "process/request_watch.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <utility>
#include <vector>

namespace sextant::agent {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 2> kFormats{"logfmt", "json"};

constexpr std::array<std::string_view, 3> kSpoolModes{"on_failure", "always", "off"};

constexpr std::array kSettings{
    Setting{"server", ServerUrl{&Settings::server},
        "Address of the server. Empty: the one that the enrolment token named."},
    Setting{"proxy", ProxyUrl{&Settings::proxy},
        "HTTP proxy on the way to the server. Empty: none; the variables http_proxy and https_proxy play no part."},
    Setting{"tags", TagList{&Settings::tags},
        "What this host is, to group and find it by: role=web,site=hel. At most 32 tags, names of 64 bytes, values of "
        "128."},
    Setting{"state_dir", AbsolutePath{&Settings::stateDir},
        "Folder for the agent's key, certificate and spool. Only the agent's user may read it."},
    Setting{"interval", DurationRange{&Settings::interval, 1s, 1h},
        "Time between collections; they happen at multiples of it on the clock."},
    Setting{"log.level", Choice{&Settings::logLevel, kLevels}, "How much is logged."},
    Setting{"log.format", Choice{&Settings::logFormat, kFormats}, "How log lines look."},
    Setting{"collectors.deadline", DurationRange{&Settings::collectorDeadline, 100ms, 60s},
        "Time that a collector may take before it is left behind; at most half of the interval counts."},
    Setting{"collectors.cpu", Flag{&Settings::cpu}, "Families cpu and cpu_core."},
    Setting{"collectors.memory", Flag{&Settings::memory}, "Family memory."},
    Setting{"collectors.disk", Flag{&Settings::disk}, "Family disk: space of file systems."},
    Setting{"collectors.diskio", Flag{&Settings::diskio}, "Family diskio: work of block devices."},
    Setting{"collectors.network", Flag{&Settings::network}, "Family network."},
    Setting{"collectors.pressure", Flag{&Settings::pressure}, "Family pressure."},
    Setting{"collectors.system", Flag{&Settings::system}, "Family system."},
    Setting{"collectors.temperature", Flag{&Settings::temperature}, "Family temperature."},
    Setting{"collectors.battery", Flag{&Settings::battery}, "Family battery."},
    Setting{"collectors.gpu", Flag{&Settings::gpu}, "Family gpu: graphics processors."},
    Setting{"collectors.disk_health", Flag{&Settings::diskHealth},
        "Family disk_health: what disks say of themselves (SMART), where the agent may ask them."},
    Setting{"collectors.wifi", Flag{&Settings::wifi}, "Family wifi: wireless links, with the names of their networks."},
    Setting{"collectors.container", Flag{&Settings::container}, "Family container: what each container uses."},
    Setting{"collectors.agent", Flag{&Settings::self}, "Family agent: what the agent itself costs and delivered."},
    Setting{"collectors.process_list", Flag{&Settings::processList},
        "Which processes use the most CPU and memory, kept with its history; names, never command lines."},
    Setting{"collectors.services", Flag{&Settings::services},
        "Which services there are, which run, and how they are started."},
    Setting{"collectors.containers", Flag{&Settings::containers},
        "Which containers there are, which run, and whether they are healthy, as far as the agent may ask."},
    Setting{"collectors.events", Flag{&Settings::events}, "The newest errors in Windows' Event Log, with their words."},
    Setting{"collectors.guests", Flag{&Settings::guests}, "Which guests of Hyper-V there are, and which run."},
    Setting{"collectors.packages", Flag{&Settings::packages}, "Which packages and programs are installed."},
    Setting{"collectors.updates", Flag{&Settings::updates},
        "Which updates wait, as far as the machine knows without asking anybody, and whether it has to be restarted."},
    Setting{"collectors.hardware", Flag{&Settings::hardware},
        "What the machine is made of: firmware, board, processors, memory modules, disks, network cards."},
    Setting{"disk.deadline", DurationRange{&Settings::diskDeadline, 100ms, 60s},
        "Time in which all file systems together must answer; those that do not are reported as not responding."},
    Setting{"disk.memory", Flag{&Settings::diskMemory}, "Report file systems that live in memory (tmpfs) too."},
    Setting{"disk.health_interval", DurationRange{&Settings::diskHealthInterval, 5min, 24h},
        "Time between questions to the disks after their health; one that sleeps is not woken."},
    Setting{"wifi.interval", DurationRange{&Settings::wifiInterval, 1s, 1h},
        "Time between two looks at the wireless links."},
    Setting{"system.processes_interval", DurationRange{&Settings::processesInterval, 1s, 1h},
        "Time between counts of the processes, the dearest thing that the agent does."},
    Setting{"process_list.interval", DurationRange{&Settings::processListInterval, 10s, 1h},
        "Time between two lists of processes."},
    Setting{"process_list.top", CountRange{&Settings::processListTop, 1, 500},
        "How many processes are listed for their CPU time, and as many again for their memory."},
    Setting{"services.interval", DurationRange{&Settings::servicesInterval, 10s, 1h},
        "Time between two looks at the services."},
    Setting{"containers.interval", DurationRange{&Settings::containersInterval, 10s, 1h},
        "Time between two looks at which containers there are."},
    Setting{"events.interval", DurationRange{&Settings::eventsInterval, 1min, 24h},
        "Time between two looks at the Event Log, and at the guests of Hyper-V."},
    Setting{"inventory.interval", DurationRange{&Settings::inventoryInterval, 1min, 24h},
        "Time between two looks at packages, updates and hardware; what did not change is sent once a day."},
    Setting{"queue.max_bytes", BytesRange{&Settings::queueBytes, 1ULL << 20, 1ULL << 30},
        "Memory for batches that wait and are not on disk; past it the oldest are dropped and counted."},
    Setting{"spool.mode", Choice{&Settings::spoolMode, kSpoolModes},
        "When batches go to the disk: when they cannot be sent at once, always, or never."},
    Setting{"spool.max_bytes", BytesRange{&Settings::spoolBytes, 1ULL << 20, 1ULL << 40},
        "Size of the spool's file; past it the oldest batches are dropped, counted and reported."},
    Setting{"spool.min_free_bytes", BytesRange{&Settings::spoolMinFreeBytes, 0, 1ULL << 40},
        "Free space of the disk below which the spool's file does not grow."},
    Setting{"spool.backlog_batches_per_second", CountRange{&Settings::backlogPerSecond, 1, 1'000},
        "How fast the backlog is sent after an outage; the newest batch always goes first."},
    Setting{"uplink.timeout", DurationRange{&Settings::requestTimeout, 5s, 5min},
        "Time in which the server must have answered a request."},
};

std::string joined(std::span<const std::string_view> words)
{
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0)
            text += i + 1 == words.size() ? " or " : ", ";
        text += words[i];
    }
    return text;
}

Result<void> checkServerUrl(std::string_view text)
{
    constexpr std::string_view kScheme = "https://";
    const bool plain = std::ranges::none_of(text, [](char c) { return c <= ' ' || c == '\x7f' || c == '@'; });
    const std::string_view rest = text.starts_with(kScheme) ? text.substr(kScheme.size()) : std::string_view();
    if (text.empty() || (plain && !rest.empty() && rest.find_first_of("/?#") == std::string_view::npos))
        return {};
    return fail(ErrorCode::Invalid, "expected https://host or https://host:port");
}

/// "http://", perhaps "user:password@", "host:port". What Qt makes of the parts is seen when it is used.
Result<void> checkProxyUrl(std::string_view text)
{
    constexpr std::string_view kScheme = "http://";
    const bool plain = std::ranges::none_of(text, [](char c) { return c <= ' ' || c == '\x7f'; });
    const std::string_view rest = text.starts_with(kScheme) ? text.substr(kScheme.size()) : std::string_view();
    const std::size_t at = rest.rfind('@');
    const std::string_view place = at == std::string_view::npos ? rest : rest.substr(at + 1);
    const std::size_t colon = place.rfind(':');
    std::uint16_t port = 0;
    if (colon != std::string_view::npos)
        std::from_chars(place.data() + colon + 1, place.data() + place.size(), port);
    if (text.empty() || (plain && colon > 0 && port > 0 && place.find_first_of("/?#") == std::string_view::npos))
        return {};
    return fail(ErrorCode::Invalid, "expected http://host:port or http://user:password@host:port");
}

Result<void> assign(Settings& settings, const DurationRange& range, std::string_view text)
{
    return parseDuration(text).and_then([&](Settings::Duration value) -> Result<void> {
        if (value < range.min || value > range.max)
            return fail(ErrorCode::Invalid, "expected " + durationText(range.min) + " to " + durationText(range.max));
        settings.*range.member = value;
        return {};
    });
}

Result<void> assign(Settings& settings, const BytesRange& range, std::string_view text)
{
    return parseBytes(text).and_then([&](std::uint64_t value) -> Result<void> {
        if (value < range.min || value > range.max)
            return fail(ErrorCode::Invalid, "expected " + bytesText(range.min) + " to " + bytesText(range.max));
        settings.*range.member = value;
        return {};
    });
}

Result<void> assign(Settings& settings, const CountRange& range, std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < range.min || value > range.max)
        return fail(ErrorCode::Invalid,
            "expected a number from " + std::to_string(range.min) + " to " + std::to_string(range.max));
    settings.*range.member = value;
    return {};
}

Result<void> assign(Settings& settings, const Flag& flag, std::string_view text)
{
    return parseFlag(text).map([&](bool value) { settings.*flag.member = value; });
}

Result<void> assign(Settings& settings, const Choice& choice, std::string_view text)
{
    if (std::ranges::find(choice.choices, text) == choice.choices.end())
        return fail(ErrorCode::Invalid, "expected " + joined(choice.choices));
    settings.*choice.member = text;
    return {};
}

Result<void> assign(Settings& settings, const AbsolutePath& path, std::string_view text)
{
    if (!std::filesystem::path(text).is_absolute() || text.find('\0') != std::string_view::npos)
        return fail(ErrorCode::Invalid, "expected an absolute path");
    settings.*path.member = text;
    return {};
}

Result<void> assign(Settings& settings, const ServerUrl& url, std::string_view text)
{
    return checkServerUrl(text).map([&] { settings.*url.member = text; });
}

Result<void> assign(Settings& settings, const ProxyUrl& url, std::string_view text)
{
    return checkProxyUrl(text).map([&] { settings.*url.member = text; });
}

Result<void> assign(Settings& settings, const TagList& list, std::string_view text)
{
    return metrics::parseTags(text).map([&](metrics::Labels tags) { settings.*list.member = std::move(tags); });
}

/// Levenshtein's distance: how many letters to add, drop or change to get from one word to the other.
std::size_t distance(std::string_view from, std::string_view to)
{
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t(0));
    for (std::size_t i = 1; i <= from.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t changed = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
        }
    }
    return row.back();
}

/// A value as TOML writes it.
std::string tomlValue(const Setting& setting, const Settings& settings)
{
    const std::string text = setting.text(settings);
    if (!setting.isText())
        return text;
    std::string quoted = "\"";
    for (const char c : text) {
        std::array<char, 8> escape{};
        if (c == '"' || c == '\\')
            quoted += '\\';
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            std::snprintf(
                escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
        else
            escape[0] = c;
        quoted += escape.data();
    }
    return quoted + '"';
}

} // namespace

std::string Setting::environmentName() const
{
    std::string name = "SEXTANT_";
    for (const char c : key)
        name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name;
}

std::string Setting::flagName() const
{
    std::string name = "--";
    for (const char c : key)
        name += c == '.' || c == '_' ? '-' : c;
    return name;
}

std::string Setting::range() const
{
    struct Describe {
        std::string operator()(const DurationRange& r) const
        {
            return durationText(r.min) + " to " + durationText(r.max);
        }
        std::string operator()(const BytesRange& r) const { return bytesText(r.min) + " to " + bytesText(r.max); }
        std::string operator()(const CountRange& r) const
        {
            return std::to_string(r.min) + " to " + std::to_string(r.max);
        }
        std::string operator()(const Flag&) const { return "true or false"; }
        std::string operator()(const Choice& choice) const { return joined(choice.choices); }
        std::string operator()(const AbsolutePath&) const { return "an absolute path"; }
        std::string operator()(const ServerUrl&) const { return "https://host:port"; }
        std::string operator()(const ProxyUrl&) const { return "http://host:port"; }
        std::string operator()(const TagList&) const { return "name=value, separated by commas"; }
    };
    return std::visit(Describe{}, value);
}

std::string Setting::text(const Settings& settings) const
{
    struct Print {
        const Settings& from;
        std::string operator()(const DurationRange& range) const { return durationText(from.*range.member); }
        std::string operator()(const BytesRange& range) const { return bytesText(from.*range.member); }
        std::string operator()(const CountRange& range) const { return std::to_string(from.*range.member); }
        std::string operator()(const Flag& flag) const { return from.*flag.member ? "true" : "false"; }
        std::string operator()(const Choice& choice) const { return from.*choice.member; }
        std::string operator()(const AbsolutePath& path) const { return from.*path.member; }
        std::string operator()(const ServerUrl& url) const { return from.*url.member; }
        std::string operator()(const ProxyUrl& url) const { return from.*url.member; }
        std::string operator()(const TagList& list) const { return metrics::tagText(from.*list.member); }
    };
    return std::visit(Print{settings}, value);
}

Result<void> Setting::set(Settings& settings, std::string_view text) const
{
    return std::visit([&](const auto& kind) { return assign(settings, kind, text); }, value)
        .map_error([&](Error error) {
            error.message = std::string(key) + ": " + error.message;
            if (!std::holds_alternative<ProxyUrl>(value) && !std::holds_alternative<TagList>(value))
                error.message += ", got \"" + std::string(text) + "\"";
            return error;
        });
}

std::span<const Setting> allSettings()
{
    return kSettings;
}

const Setting* findSetting(std::string_view key)
{
    const auto found = std::ranges::find(kSettings, key, &Setting::key);
    return found == kSettings.end() ? nullptr : &*found;
}

std::string_view nearestKey(std::string_view key)
{
    constexpr std::size_t kNear = 4;
    std::string_view nearest;
    std::size_t least = std::min(kNear, std::max<std::size_t>(key.size() / 2, 1)) + 1;
    const auto consider = [&](std::string_view candidate, std::size_t letters) {
        if (letters < least) {
            least = letters;
            nearest = candidate;
        }
    };
    for (const Setting& setting : kSettings) {
        consider(setting.key, distance(key, setting.key));
        // "level" at the top of the file is most likely log.level that lost its table.
        const std::size_t dot = setting.key.find('.');
        if (dot != std::string_view::npos && key == setting.key.substr(dot + 1))
            consider(setting.key, 0);
    }
    return nearest;
}

std::string settingsMarkdown()
{
    const Settings defaults;
    std::string text =
        "| in the file | environment | flag | default | range | what it does |\n|---|---|---|---|---|---|\n";
    for (const Setting& setting : kSettings) {
        const std::string byDefault = setting.text(defaults);
        text += "| `" + std::string(setting.key) + "` | `" + setting.environmentName() + "` | `" + setting.flagName() +
                "` | " + (byDefault.empty() ? std::string("empty") : '`' + byDefault + '`') + " | " + setting.range() +
                " | " + std::string(setting.help) + " |\n";
    }
    return text;
}

std::string settingsToml(const Settings& settings)
{
    const Settings defaults;
    std::string text = "# Settings of sextant-agent. Every line that is commented out shows the default.\n"
                       "# A flag wins over an environment variable, and that over this file. After a change: " +
                       process::reloadCommand("agent") +
                       "\n"
                       "# `sextant-agent check` says whether this file is right.\n";
    std::string_view table;
    for (const Setting& setting : kSettings) {
        const std::size_t dot = setting.key.find('.');
        const std::string_view itsTable =
            dot == std::string_view::npos ? std::string_view() : setting.key.substr(0, dot);
        if (itsTable != table)
            text += "\n[" + std::string(itsTable) + "]\n";
        else if (table.empty())
            text += '\n';
        table = itsTable;
        const std::string_view name = dot == std::string_view::npos ? setting.key : setting.key.substr(dot + 1);
        text += "# " + std::string(setting.help) + " (" + setting.range() + ")\n";
        const std::string value = tomlValue(setting, settings);
        text += (value == tomlValue(setting, defaults) ? "#" : "") + std::string(name) + " = " + value + "\n";
    }
    return text;
}

} // namespace sextant::agent
