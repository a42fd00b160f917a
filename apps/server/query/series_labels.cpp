// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/query/series_labels.h"

#include "metrics/labels.h"
#include "server/hosts/overview.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sextant::server {
namespace {

using promql::kMetricName;
using promql::Label;
using promql::Labels;

/// Sorted, and without labels that have no value.
void tidy(Labels& labels)
{
    std::erase_if(labels, [](const Label& label) { return label.value.empty(); });
    std::ranges::sort(labels);
}

/// What Prometheus calls a label whose name is taken.
std::string freeName(const Labels& labels, std::string name)
{
    do
        name.insert(0, "exported_");
    while (std::ranges::find(labels, name, &Label::name) != labels.end());
    return name;
}

Labels unameOf(const HostDescription& description)
{
    QString system = description.osFamily;
    if (!system.isEmpty())
        system[0] = system[0].toUpper();
    return {{"machine", description.architecture.toStdString()}, {"nodename", description.name.toStdString()},
        {"release", description.kernel.toStdString()}, {"sysname", system.toStdString()}};
}

/// A tag whose name is taken gets `tag_` in front.
Labels infoOf(const QueryHost& host)
{
    const HostDescription& description = host.description;
    Labels labels{{"agent_version", description.agentVersion.toStdString()},
        {"architecture", description.architecture.toStdString()}, {"kernel", description.kernel.toStdString()},
        {"os", description.os.toStdString()}, {"os_family", description.osFamily.toStdString()}};
    metrics::Labels tags = host.overview ? host.overview->tags(host.id) : metrics::Labels();
    const auto isTaken = [&labels](std::string_view name) {
        return name == "instance" || name == "job" || std::ranges::find(labels, name, &Label::name) != labels.end();
    };
    for (Label& tag : tags) {
        while (isTaken(tag.name))
            tag.name.insert(0, "tag_");
        labels.push_back(std::move(tag));
    }
    return labels;
}

void append(Labels& labels, Labels&& more)
{
    std::ranges::move(more, std::back_inserter(labels));
}

} // namespace

std::optional<Labels> catalogueLabels(
    const QueryHost& host, const metrics::NamedSeries& named, std::span<const std::string> instance)
{
    Labels labels{{std::string(kMetricName), std::string(named.name)}, {"instance", host.instance},
        {"job", std::string(kJob)}, {std::string(named.fixed.name), std::string(named.fixed.value)}};
    for (std::size_t i = 0; i < named.family->labels.size() && i < instance.size(); ++i) {
        const std::string_view key = named.family->labels[i];
        if (key == named.only.name && instance[i] != named.only.value)
            return std::nullopt;
        const auto renamed = std::ranges::find(named.labels, key, &metrics::LabelRename::key);
        if (renamed != named.labels.end())
            labels.push_back({std::string(renamed->name), instance[i]});
    }
    if (named.ofTheHost == metrics::HostLabels::Uname)
        append(labels, unameOf(host.description));
    if (named.ofTheHost == metrics::HostLabels::Info)
        append(labels, infoOf(host));
    tidy(labels);
    return labels;
}

Labels applicationLabels(const QueryHost& host, std::span<const std::string> instance)
{
    Labels labels{{std::string(kMetricName), instance.front()}};
    // What is no list of labels (an agent of before may have sent anything) is one by itself, so that it is seen.
    if (auto own = metrics::parseLabelText(instance.back())) {
        append(labels, std::move(*own));
    } else {
        labels.push_back({"labels", instance.back()});
    }
    const auto fill = [&labels](std::string_view name, std::string_view value) -> Label& {
        const auto own = std::ranges::find(labels, name, &Label::name);
        return own != labels.end() && !own->value.empty()
                   ? *own
                   : labels.emplace_back(Label{std::string(name), std::string(value)});
    };
    const bool isOurs = fill("job", kJob).value == kJob;
    if (Label& claimed = fill("instance", host.instance); isOurs && claimed.value != host.instance) {
        claimed.name = freeName(labels, claimed.name);
        fill("instance", host.instance);
    }
    tidy(labels);
    return labels;
}

} // namespace sextant::server
