// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/exposition_parser.h"

#include "metrics/utf8.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace sextant::metrics {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr double kMostMs = 9e15; ///< whole milliseconds are exact up to there

void skipBlanks(std::string_view& text)
{
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
}

/// The characters up to a blank or one of `stops`; moves past them.
std::string_view takeWord(std::string_view& text, std::string_view stops = kBlanks)
{
    const std::string_view word = text.substr(0, text.find_first_of(stops));
    text.remove_prefix(word.size());
    return word;
}

std::optional<std::int64_t> parseTime(std::string_view text, ExpositionFormat format)
{
    if (format == ExpositionFormat::OpenMetrics) {
        const auto seconds = parseExpositionNumber(text);
        if (!seconds || !(std::abs(*seconds) < kMostMs / 1'000))
            return std::nullopt;
        return std::llround(*seconds * 1'000);
    }
    std::int64_t time = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), time);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(time) : std::nullopt;
}

/// `\\` and `\n` undone, as in HELP.
std::string unescaped(std::string_view text)
{
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool isEscape = text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '\\' || text[i + 1] == 'n');
        if (isEscape)
            ++i;
        plain += isEscape && text[i] == 'n' ? '\n' : text[i];
    }
    return plain;
}

class Parser {
public:
    Parser(ExpositionFormat format, std::size_t maxSamples) : m_format(format), m_maxSamples(maxSamples) {}

    Result<Exposition> run(std::string_view text)
    {
        while (!text.empty() && !m_hasEnded) {
            const std::size_t end = text.find('\n');
            std::string_view line = text.substr(0, end);
            text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
            ++m_line;
            if (line.ends_with('\r'))
                line.remove_suffix(1);
            readLine(line);
            if (std::max({m_exposition.samples.size(), m_exposition.metadata.size(), m_labels / 10}) > m_maxSamples)
                return fail(ErrorCode::TooLarge,
                    "more than " + std::to_string(m_maxSamples) + " samples, or ten times as many labels");
        }
        return std::move(m_exposition);
    }

private:
    void readLine(std::string_view line)
    {
        skipBlanks(line);
        if (line.empty())
            return;
        if (line.starts_with('#'))
            readComment(line.substr(1));
        else if (auto sample = readSample(line))
            m_exposition.samples.push_back(std::move(*sample));
        else
            addFault(sample.error().message);
    }

    void readComment(std::string_view comment)
    {
        skipBlanks(comment);
        const std::string_view word = takeWord(comment);
        if (word == "EOF" && m_format == ExpositionFormat::OpenMetrics) {
            m_hasEnded = true;
            return;
        }
        std::string ExposedMetadata::*const member = word == "HELP"   ? &ExposedMetadata::help
                                                     : word == "TYPE" ? &ExposedMetadata::type
                                                     : word == "UNIT" ? &ExposedMetadata::unit
                                                                      : nullptr;
        if (!member)
            return;
        skipBlanks(comment);
        const std::string_view name = takeWord(comment);
        skipBlanks(comment);
        if (!isMetricName(name) || !isText(comment)) {
            addFault("expected the name of a metric and text behind " + std::string(word));
            return;
        }
        metadataFor(name).*member = member == &ExposedMetadata::help ? unescaped(comment) : std::string(comment);
    }

    ExposedMetadata& metadataFor(std::string_view name)
    {
        auto& all = m_exposition.metadata;
        if (all.empty() || all.back().name != name)
            all.push_back({std::string(name), {}, {}, {}});
        return all.back();
    }

    Result<ExposedSample> readSample(std::string_view line)
    {
        ExposedSample sample;
        sample.line = m_line;
        sample.name = takeWord(line, " \t{");
        if (!isMetricName(sample.name))
            return fail(ErrorCode::Malformed, "expected the name of a metric");
        skipBlanks(line);
        if (line.starts_with('{')) {
            line.remove_prefix(1);
            auto labels = takeLabels(line);
            if (!labels)
                return tl::unexpected<Error>(labels.error());
            if (!line.starts_with('}'))
                return fail(ErrorCode::Malformed, "expected } behind the labels");
            line.remove_prefix(1);
            sample.labels = std::move(*labels);
            m_labels += sample.labels.size();
            skipBlanks(line);
        }
        return readNumbers(line, std::move(sample));
    }

    Result<ExposedSample> readNumbers(std::string_view line, ExposedSample sample) const
    {
        const auto value = parseExpositionNumber(takeWord(line));
        if (!value)
            return fail(ErrorCode::Malformed, "expected a number as the value");
        sample.value = *value;
        skipBlanks(line);
        const bool hasExemplar = m_format == ExpositionFormat::OpenMetrics && line.starts_with('#');
        if (line.empty() || hasExemplar)
            return sample;
        sample.timeMs = parseTime(takeWord(line), m_format);
        if (!sample.timeMs)
            return fail(ErrorCode::Malformed, "expected a time behind the value");
        skipBlanks(line);
        if (!line.empty() && !(m_format == ExpositionFormat::OpenMetrics && line.starts_with('#')))
            return fail(ErrorCode::Malformed, "there is something behind the time");
        return sample;
    }

    void addFault(std::string message)
    {
        ++m_exposition.faultCount;
        if (m_exposition.faults.size() < Exposition::kFaultsListed)
            m_exposition.faults.push_back({m_line, std::move(message)});
    }

    ExpositionFormat m_format;
    std::size_t m_maxSamples;
    Exposition m_exposition;
    std::size_t m_line = 0;
    std::size_t m_labels = 0;
    bool m_hasEnded = false;
};

} // namespace

std::optional<double> parseExpositionNumber(std::string_view text)
{
    const bool isNumber = !text.starts_with("+-") && text.find('(') == std::string_view::npos; // nan(…)
    if (text.starts_with('+'))
        text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (!isNumber || error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

Result<Exposition> parseExposition(std::string_view text, ExpositionFormat format, std::size_t maxSamples)
{
    return Parser(format, maxSamples).run(text);
}

} // namespace sextant::metrics
