// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/labels.h"
#include "metrics/result.h"
#include "process/folders.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace sextant::agent {

/// What an admin can choose, with the defaults. Filled by loadSettings(); a plain value.
struct Settings {
    using Duration = std::chrono::milliseconds;

    std::string server;   ///< "https://host:port"; empty: where enrolment said
    std::string proxy;    ///< "http://[user:password@]host:port"; empty: straight to the server
    metrics::Labels tags; ///< of this host
    std::string stateDir = process::stateFolder("agent");
    Duration interval{10'000};
    std::string logLevel = "info";
    std::string logFormat = "logfmt";
    Duration collectorDeadline{5'000};
    Duration processesInterval{60'000};
    bool cpu = true;
    bool memory = true;
    bool disk = true;
    bool diskio = true;
    bool network = true;
    bool pressure = true;
    bool system = true;
    bool temperature = true;
    bool battery = true;
    bool gpu = true;
    bool diskHealth = true;
    Duration diskHealthInterval{5 * 60'000};
    bool wifi = true;
    Duration wifiInterval{30'000};
    bool self = true;
    bool processList = true;
    bool services = true;
    bool events = true;
    bool guests = true;
    Duration eventsInterval{5 * 60'000};
    bool packages = true;
    bool updates = true;
    bool hardware = true;
    bool container = true;
    bool containers = true;
    Duration containersInterval{60'000};
    Duration processListInterval{60'000};
    std::uint64_t processListTop = 30;
    Duration servicesInterval{60'000};
    Duration inventoryInterval{3'600'000};
    Duration diskDeadline{2'000};
    bool diskMemory = false;
    std::uint64_t queueBytes = 16ULL << 20;
    std::string spoolMode = "on_failure";
    std::uint64_t spoolBytes = 256ULL << 20;
    std::uint64_t spoolMinFreeBytes = 512ULL << 20;
    std::uint64_t backlogPerSecond = 20;
    Duration requestTimeout{30'000};

    /// The time a collector may take: what is set, but never more than half an interval.
    [[nodiscard]] Duration effectiveDeadline() const { return std::min(collectorDeadline, interval / 2); }

    friend bool operator==(const Settings&, const Settings&) = default;
};

struct DurationRange {
    Settings::Duration Settings::*member;
    Settings::Duration min;
    Settings::Duration max;
};
struct BytesRange {
    std::uint64_t Settings::*member;
    std::uint64_t min;
    std::uint64_t max;
};
struct CountRange {
    std::uint64_t Settings::*member;
    std::uint64_t min;
    std::uint64_t max;
};
struct Flag {
    bool Settings::*member;
};
struct Choice {
    std::string Settings::*member;
    std::span<const std::string_view> choices;
};
struct AbsolutePath {
    std::string Settings::*member;
};
struct ServerUrl {
    std::string Settings::*member;
};
struct ProxyUrl { ///< may hold a password: its text is in no message
    std::string Settings::*member;
};
struct TagList { ///< messages name the tag that is wrong, not all of them
    metrics::Labels Settings::*member;
};

/// One setting, declared once in settings.cpp. From `key` ("log.level") come the key in the file (`level` in table
/// `[log]`), the environment variable (SEXTANT_LOG_LEVEL) and the flag (--log-level).
struct Setting {
    std::string_view key;
    std::variant<DurationRange, BytesRange, CountRange, Flag, Choice, AbsolutePath, ServerUrl, ProxyUrl, TagList> value;
    std::string_view help;

    [[nodiscard]] std::string environmentName() const;
    [[nodiscard]] std::string flagName() const; ///< with its two dashes
    /// "1s to 1h", "true or false", "debug, info, warning or error"…
    [[nodiscard]] std::string range() const;
    /// True where the file has a string for it; false for true/false.
    [[nodiscard]] bool isText() const { return !std::holds_alternative<Flag>(value); }

    /// The value in `settings` as text that set() takes.
    [[nodiscard]] std::string text(const Settings& settings) const;
    /// Reads and checks `text`. Invalid with what was expected and what came, when it does not fit; nothing is set
    /// then.
    [[nodiscard]] Result<void> set(Settings& settings, std::string_view text) const;
};

/// Every setting, in the order in which documents list them.
[[nodiscard]] std::span<const Setting> allSettings();

/// The setting of that key, or null.
[[nodiscard]] const Setting* findSetting(std::string_view key);

/// The key that somebody who wrote `key` most likely meant; empty when none is near.
[[nodiscard]] std::string_view nearestKey(std::string_view key);

/// The rows of the table in docs/agent.md, and the whole of resources/agent.toml. Tests keep both files equal to these.
/// In the file, what differs from the default stands as it is, all else is commented out.
[[nodiscard]] std::string settingsMarkdown();
[[nodiscard]] std::string settingsToml(const Settings& settings = {});

} // namespace sextant::agent
