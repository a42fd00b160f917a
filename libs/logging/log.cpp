// SPDX-License-Identifier: GPL-3.0-or-later
#include "logging/log.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <utility>

namespace sextant::logging {
namespace {

constexpr std::int64_t kRepeatMs = 60'000;
constexpr std::size_t kMaxKinds = 1'000;

std::int64_t systemMs()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

void writeToStandardError(Level, std::string_view line)
{
    std::string whole(line);
    whole += '\n';
    std::fwrite(whole.data(), 1, whole.size(), stderr);
}

/// 2026-01-31T12:00:00.123Z
std::string timeText(std::int64_t unixMs)
{
    using namespace std::chrono;
    const sys_time<milliseconds> time{milliseconds(unixMs)};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(time - day);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
        static_cast<int>(clock.subseconds().count()));
    return text.data();
}

/// Quotes and escapes so that no value can break out of its line; valid in JSON and in logfmt alike.
std::string quoted(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            std::array<char, 8> escape{};
            std::snprintf(
                escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
            out += escape.data();
        } else {
            out += c;
        }
    }
    out += '"';
    return out;
}

bool isBareWord(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && c != '"' && c != '=' && c != '\\' && c != 0x7f;
    });
}

void append(std::string& line, Format format, std::string_view key, std::string_view value)
{
    if (format == Format::Json) {
        line += line.empty() ? "{" : ",";
        line += quoted(key);
        line += ':';
        line += quoted(value);
        return;
    }
    if (!line.empty())
        line += ' ';
    line += key;
    line += '=';
    line += isBareWord(value) ? std::string(value) : quoted(value);
}

} // namespace

std::string_view toString(Level level)
{
    switch (level) {
    case Level::Debug:
        return "debug";
    case Level::Info:
        return "info";
    case Level::Warning:
        return "warning";
    case Level::Error:
        return "error";
    }
    return "error";
}

std::optional<Level> parseLevel(std::string_view text)
{
    for (const Level level : {Level::Debug, Level::Info, Level::Warning, Level::Error}) {
        if (text == toString(level))
            return level;
    }
    if (text == "warn")
        return Level::Warning;
    return std::nullopt;
}

std::optional<Format> parseFormat(std::string_view text)
{
    if (text == "logfmt")
        return Format::Logfmt;
    if (text == "json")
        return Format::Json;
    return std::nullopt;
}

Log::Log(Level level, Format format, Sink sink, Clock clock)
    : m_level(level),
      m_format(format),
      m_sink(sink ? std::move(sink) : Sink(writeToStandardError)),
      m_clock(clock ? std::move(clock) : Clock(systemMs))
{
}

void Log::setLevel(Level level)
{
    const std::scoped_lock lock(m_mutex);
    m_level = level;
}

bool Log::isOn(Level level) const
{
    const std::scoped_lock lock(m_mutex);
    return level >= m_level;
}

void Log::write(Level level, std::string_view source, std::string_view message, std::initializer_list<Field> fields)
{
    std::string facts;
    append(facts, Format::Json, "level", toString(level));
    append(facts, Format::Json, "source", source);
    append(facts, Format::Json, "msg", message);
    for (const Field& field : fields)
        append(facts, Format::Json, field.key, field.value);

    const std::scoped_lock lock(m_mutex);
    if (level < m_level)
        return;
    const std::int64_t nowMs = m_clock();
    const auto heldBack = admit(facts, nowMs);
    if (!heldBack)
        return;

    std::string line;
    append(line, m_format, "time", timeText(nowMs));
    append(line, m_format, "level", toString(level));
    append(line, m_format, "source", source);
    append(line, m_format, "msg", message);
    for (const Field& field : fields)
        append(line, m_format, field.key, field.value);
    if (*heldBack > 0)
        append(line, m_format, "repeated", std::to_string(*heldBack));
    if (m_format == Format::Json)
        line += '}';
    m_sink(level, line);
}

std::optional<std::size_t> Log::admit(const std::string& key, std::int64_t nowMs)
{
    const auto known = m_kinds.find(key);
    if (known == m_kinds.end()) {
        if (m_kinds.size() >= kMaxKinds)
            forgetOld(nowMs);
        m_kinds.emplace(key, Kind{nowMs, 0});
        return 0;
    }
    Kind& kind = known->second;
    // A clock that was set back must not silence an event for longer than a minute.
    if (nowMs >= kind.writtenMs && nowMs - kind.writtenMs < kRepeatMs) {
        ++kind.heldBack;
        return std::nullopt;
    }
    kind.writtenMs = nowMs;
    return std::exchange(kind.heldBack, 0);
}

void Log::forgetOld(std::int64_t nowMs)
{
    std::erase_if(m_kinds, [nowMs](const auto& entry) { return nowMs - entry.second.writtenMs >= kRepeatMs; });
    if (m_kinds.size() >= kMaxKinds)
        m_kinds.clear();
}

} // namespace sextant::logging
