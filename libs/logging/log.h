// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sextant::logging {

enum class Level : std::uint8_t { Debug, Info, Warning, Error };
enum class Format : std::uint8_t { Logfmt, Json };

[[nodiscard]] std::string_view toString(Level level);
/// "debug", "info", "warning" (or "warn"), "error"; nothing for any other word.
[[nodiscard]] std::optional<Level> parseLevel(std::string_view text);
/// "logfmt", "json"; nothing for any other word.
[[nodiscard]] std::optional<Format> parseFormat(std::string_view text);

/// A fact beside the sentence: `{"host", "web01"}` becomes `host=web01`.
struct Field {
    std::string_view key;
    std::string value;
};

/// Writes one line per event: time (UTC, RFC 3339 with milliseconds), level, source, message, fields; as logfmt or
/// JSON. The same event (level, source, message and fields) is written at most once a minute; the next line of its kind
/// says how many were held back in `repeated`. What it remembers for that is bounded: the last 1,000 kinds of events.
/// Made by main and handed down by reference; every function may be called from any thread. Writing never fails for the
/// caller: a sink that cannot write loses the line.
class Log {
public:
    /// Gets a whole line without its end of line.
    using Sink = std::function<void(Level level, std::string_view line)>;
    /// Gives Unix milliseconds.
    using Clock = std::function<std::int64_t()>;

    /// Without a sink lines go to standard error; without a clock the system's is used.
    explicit Log(Level level = Level::Info, Format format = Format::Logfmt, Sink sink = {}, Clock clock = {});

    void setLevel(Level level);
    [[nodiscard]] bool isOn(Level level) const;

    /// `source`: the part of the program, e.g. "uplink". `message`: a sentence that an admin can act on.
    void write(
        Level level, std::string_view source, std::string_view message, std::initializer_list<Field> fields = {});

    void debug(std::string_view source, std::string_view message, std::initializer_list<Field> fields = {})
    {
        write(Level::Debug, source, message, fields);
    }
    void info(std::string_view source, std::string_view message, std::initializer_list<Field> fields = {})
    {
        write(Level::Info, source, message, fields);
    }
    void warning(std::string_view source, std::string_view message, std::initializer_list<Field> fields = {})
    {
        write(Level::Warning, source, message, fields);
    }
    void error(std::string_view source, std::string_view message, std::initializer_list<Field> fields = {})
    {
        write(Level::Error, source, message, fields);
    }

private:
    struct Kind {
        std::int64_t writtenMs = 0;
        std::size_t heldBack = 0;
    };

    /// How often this event was held back since it was last written, or nothing when it is to be held back now.
    std::optional<std::size_t> admit(const std::string& key, std::int64_t nowMs);
    void forgetOld(std::int64_t nowMs);

    mutable std::mutex m_mutex;
    Level m_level;
    const Format m_format;
    const Sink m_sink;
    const Clock m_clock;
    std::unordered_map<std::string, Kind> m_kinds;
};

} // namespace sextant::logging
