// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/golectra.h"

#include "server/receivers/json_items.h"
#include "server/receivers/json_text.h"

#include <QByteArray>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace sextant::server {
namespace {

constexpr std::string_view kRunningTotal = "PollCount";
/// How far the time of a sample may run ahead of the clock where updates come faster than one in a millisecond.
constexpr std::int64_t kMaxAheadMs = 1'000;
constexpr std::string_view kCounterEnd = "_total"; ///< of the name of a counter's series

/// Whether `type` is counter; nothing for an unknown one.
std::optional<bool> isCounterType(std::string_view type)
{
    if (type == "counter" || type == "gauge")
        return type == "counter";
    return std::nullopt;
}

template <typename Number>
std::optional<Number> parsed(std::string_view text)
{
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

/// Fills the metric; gives what is wrong with it, if anything.
std::string readMetric(const JsonValue& item, GolectraMetric& metric)
{
    metric.id = textMember(item, "id").value_or("");
    if (metric.id.empty() || metric.id.size() > SampleSink::kMaxNameBytes)
        return "id must have 1 to 256 bytes";
    const auto isCounter = isCounterType(textMember(item, "type").value_or(""));
    if (!isCounter)
        return "type must be gauge or counter";
    metric.isCounter = *isCounter;
    std::int64_t delta = 0;
    const auto given = member(item, metric.isCounter ? "delta" : "value");
    if (metric.isCounter && (!given || given->get(delta) != simdjson::SUCCESS || delta < 0))
        return "delta must be a whole number that is not negative";
    const auto value = metric.isCounter ? static_cast<double>(delta) : numberMember(item, "value");
    if (!value)
        return "value must be a number";
    metric.value = *value;
    return {};
}

} // namespace

Result<GolectraUpdate> readGolectra(const std::string& body, bool isList)
{
    JsonText text;
    const auto root = text.parse(body);
    if (!root)
        return tl::unexpected<Error>(root.error());
    if (root->is_array() != isList)
        return fail(ErrorCode::Invalid, isList ? "expected an array of metrics" : "expected one metric");
    GolectraUpdate update;
    std::size_t index = 0;
    const auto take = [&](const JsonValue& item) {
        GolectraMetric metric{index++, {}, false, 0};
        if (std::string fault = readMetric(item, metric); !fault.empty())
            update.received.refuse(metric.item, "bad_item", std::move(fault));
        else
            update.metrics.push_back(std::move(metric));
        return index < SampleSink::kMaxSamples;
    };
    if (isList ? !eachItem(*root, take) : !take(*root))
        return fail(ErrorCode::TooLarge, "too many metrics in one request");
    return update;
}

Result<GolectraUpdate> readGolectraPath(const std::vector<std::string>& path)
{
    const auto isCounter = isCounterType(path.at(0));
    const auto delta = parsed<std::int64_t>(path.at(2));
    const auto value = parsed<double>(path.at(2));
    if (!isCounter || !value || !std::isfinite(*value) || (*isCounter && (!delta || *delta < 0)))
        return fail(ErrorCode::Invalid, "bad request");
    if (path.at(1).size() > SampleSink::kMaxNameBytes)
        return fail(ErrorCode::Invalid, "bad request");
    GolectraUpdate update;
    update.metrics.push_back({0, path.at(1), *isCounter, *value});
    return update;
}

Result<GolectraMetric> readGolectraQuestion(const std::string& body)
{
    JsonText text;
    const auto root = text.parse(body);
    if (!root)
        return tl::unexpected<Error>(root.error());
    return golectraQuestion(textMember(*root, "type").value_or(""), textMember(*root, "id").value_or(""));
}

Result<GolectraMetric> golectraQuestion(std::string_view type, std::string_view id)
{
    const auto isCounter = isCounterType(type);
    if (!isCounter || id.empty())
        return fail(ErrorCode::Invalid, "id and type must be those of a metric");
    return GolectraMetric{0, std::string(id), *isCounter, 0};
}

std::string golectraHash(std::string_view body, std::string_view key)
{
    const std::string text = std::string(body) + std::string(key);
    QByteArray digest(SHA256_DIGEST_LENGTH, Qt::Uninitialized);
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
        reinterpret_cast<unsigned char*>(digest.data()));
    return digest.toHex().toStdString();
}

bool isGolectraHash(std::string_view given, std::string_view body, std::string_view key)
{
    const std::string wanted = golectraHash(body, key);
    const std::string lower = QByteArray(given.data(), static_cast<qsizetype>(given.size())).toLower().toStdString();
    return lower.size() == wanted.size() && CRYPTO_memcmp(lower.data(), wanted.data(), wanted.size()) == 0;
}

bool GolectraValues::isKnown(const Writer& writer) const
{
    const std::lock_guard lock(m_mutex);
    return m_values.contains(writer);
}

void GolectraValues::restore(const Writer& writer, const std::vector<std::pair<std::string, double>>& series)
{
    const std::lock_guard lock(m_mutex);
    auto& values = m_values[writer];
    for (const auto& [name, value] : series) {
        if (values.size() >= kMaxPerWriter)
            return;
        const bool isCounter = name.ends_with(kCounterEnd);
        const std::size_t length = name.size() - (isCounter ? kCounterEnd.size() : 0);
        values.try_emplace({isCounter, name.substr(0, length)}, Last{value});
    }
}

Intake GolectraValues::apply(const Writer& writer, GolectraUpdate& update, std::int64_t nowMs)
{
    Intake intake;
    intake.received = update.received;
    const std::lock_guard lock(m_mutex);
    auto& values = m_values[writer];
    std::map<Key, std::size_t> last; // where each metric comes for the last time
    for (GolectraMetric& metric : update.metrics) {
        const Key key{metric.isCounter, metric.id};
        if (!values.contains(key) && values.size() >= kMaxPerWriter) {
            intake.received.refuse(metric.item, "too_many_instances", "the key has as many metrics as it may");
            continue;
        }
        const bool isDifference = metric.isCounter && metric.id != kRunningTotal;
        Last& known = values[key];
        known.value = isDifference ? known.value + metric.value : metric.value;
        metric.value = known.value;
        last[key] = metric.item;
    }
    for (const GolectraMetric& metric : update.metrics) {
        const auto at = last.find({metric.isCounter, metric.id});
        if (at == last.end() || at->second != metric.item)
            continue;
        std::int64_t& atMs = values[at->first].atMs;
        atMs = std::clamp(atMs + 1, nowMs, nowMs + kMaxAheadMs);
        intake.described.push_back({metric.id + std::string(metric.isCounter ? kCounterEnd : ""),
            metric.isCounter ? "counter" : "gauge", {}, {}});
        intake.series.push_back(
            {metric.item, metric.id + std::string(metric.isCounter ? kCounterEnd : ""), {}, {{atMs, metric.value}}});
    }
    return intake;
}

void GolectraValues::undo(const Writer& writer, const GolectraUpdate& before)
{
    const std::lock_guard lock(m_mutex);
    auto& values = m_values[writer];
    for (const GolectraMetric& metric : before.metrics) {
        const auto found = values.find({metric.isCounter, metric.id});
        if (found != values.end() && metric.isCounter && metric.id != kRunningTotal)
            found->second.value -= metric.value;
    }
}

std::optional<double> GolectraValues::find(const Writer& writer, bool isCounter, const std::string& id) const
{
    const std::lock_guard lock(m_mutex);
    const auto of = m_values.find(writer);
    if (of == m_values.end())
        return std::nullopt;
    const auto found = of->second.find({isCounter, id});
    return found == of->second.end() ? std::nullopt : std::optional(found->second.value);
}

} // namespace sextant::server
