// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/text_push.h"

#include "metrics/utf8.h"

#include <QByteArray>

#include <algorithm>
#include <optional>
#include <utility>

namespace sextant::server {
namespace {

constexpr std::string_view kBase64 = "@base64";

std::optional<std::string> fromBase64(const std::string& text)
{
    QByteArray padded = QByteArray::fromStdString(text);
    while (padded.endsWith('=')) // one alone stands for the empty text
        padded.chop(1);
    const auto decoded = QByteArray::fromBase64Encoding(padded,
        QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals | QByteArray::AbortOnBase64DecodingErrors);
    return decoded ? std::optional((*decoded).toStdString()) : std::nullopt;
}

Result<metrics::Label> readPair(const std::string& name, const std::string& value)
{
    metrics::Label label{name, value};
    if (name.ends_with(kBase64)) {
        label.name.resize(name.size() - kBase64.size());
        auto decoded = fromBase64(value);
        if (!decoded)
            return fail(ErrorCode::Invalid, "the value of \"" + label.name + "\" is not in base64url");
        label.value = std::move(*decoded);
    }
    if (!metrics::isLabelName(label.name) || label.name == "__name__" || !metrics::isText(label.value))
        return fail(ErrorCode::Invalid, "expected names and values of labels in turn behind /metrics/");
    return label;
}

} // namespace

Result<metrics::Labels> readGrouping(std::span<const std::string> segments)
{
    metrics::Labels labels;
    if (segments.size() % 2 != 0)
        return fail(ErrorCode::Invalid, "expected a value for each label behind /metrics/");
    for (std::size_t i = 0; i < segments.size(); i += 2) {
        auto label = readPair(segments[i], segments[i + 1]);
        if (!label)
            return tl::unexpected<Error>(label.error());
        labels.push_back(std::move(*label));
    }
    if (labels.empty() || labels.front().name != "job" || labels.front().value.empty())
        return fail(ErrorCode::Invalid, "expected /metrics/job/ and a name");
    if (auto arranged = metrics::arrange(labels); !arranged)
        return fail(ErrorCode::Invalid, arranged.error().message);
    return labels;
}

Result<Intake> readTextPush(
    std::string_view body, metrics::ExpositionFormat format, const metrics::Labels& grouping, std::int64_t nowMs)
{
    auto exposition = metrics::parseExposition(body, format, SampleSink::kMaxSamples);
    if (!exposition)
        return tl::unexpected<Error>(exposition.error());
    Intake intake;
    for (metrics::ExpositionFault& fault : exposition->faults)
        intake.received.refuse(fault.line, "malformed", std::move(fault.message));
    intake.received.refused += exposition->faultCount - exposition->faults.size();
    intake.described = std::move(exposition->metadata);
    for (metrics::ExposedSample& sample : exposition->samples) {
        std::erase_if(sample.labels, [&](const metrics::Label& label) {
            return std::ranges::find(grouping, label.name, &metrics::Label::name) != grouping.end();
        });
        sample.labels.insert(sample.labels.end(), grouping.begin(), grouping.end());
        intake.series.push_back({sample.line, std::move(sample.name), std::move(sample.labels),
            {{sample.timeMs.value_or(nowMs), sample.value}}});
    }
    return intake;
}

} // namespace sextant::server
