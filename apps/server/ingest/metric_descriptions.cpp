// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ingest/metric_descriptions.h"

#include "metrics/labels.h"
#include "metrics/utf8.h"
#include "server/ingest/sample_sink.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sextant::server {
namespace {

constexpr std::string_view kTotal = "_total";
constexpr std::array<std::string_view, 7> kTypes{
    "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"};

/// Keeps what may be kept.
void tidy(MetricDescription& said)
{
    if (std::ranges::find(kTypes, said.type) == kTypes.end())
        said.type.clear();
    const auto clip = [](std::string& text, std::size_t most) {
        if (text.size() > most || !metrics::isText(text))
            text.clear();
    };
    clip(said.help, MetricDescriptions::kMaxHelpBytes);
    clip(said.unit, MetricDescriptions::kMaxUnitBytes);
}

} // namespace

void MetricDescriptions::learn(std::vector<MetricDescription> said)
{
    const std::lock_guard lock(m_mutex);
    for (MetricDescription& one : said) {
        tidy(one);
        const bool isEmpty = one.type.empty() && one.help.empty() && one.unit.empty();
        if (isEmpty || !metrics::isMetricName(one.name) || one.name.size() > SampleSink::kMaxNameBytes)
            continue;
        auto known = m_known.find(one.name);
        if (known == m_known.end()) {
            if (m_known.size() >= kMaxNames)
                continue;
            known = m_known.try_emplace(one.name, MetricDescription{one.name, {}, {}, {}}).first;
        }
        for (std::string MetricDescription::*const field :
            {&MetricDescription::type, &MetricDescription::help, &MetricDescription::unit}) {
            if (!(one.*field).empty())
                known->second.*field = std::move(one.*field);
        }
    }
}

std::optional<MetricDescription> MetricDescriptions::find(std::string_view name) const
{
    const std::lock_guard lock(m_mutex);
    auto known = m_known.find(name);
    if (known == m_known.end() && name.ends_with(kTotal))
        known = m_known.find(name.substr(0, name.size() - kTotal.size()));
    return known == m_known.end() ? std::nullopt : std::optional(known->second);
}

std::vector<MetricDescription> MetricDescriptions::all() const
{
    const std::lock_guard lock(m_mutex);
    std::vector<MetricDescription> all;
    all.reserve(m_known.size());
    for (const auto& [name, said] : m_known)
        all.push_back(said);
    return all;
}

std::string_view withoutPart(std::string_view name)
{
    for (const std::string_view part : {"_bucket", "_sum", "_count"}) {
        if (name.ends_with(part))
            return name.substr(0, name.size() - part.size());
    }
    return name;
}

} // namespace sextant::server
