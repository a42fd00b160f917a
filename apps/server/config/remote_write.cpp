// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/remote_write.h"

#include "server/config/values.h"

#include <QUrl>

#include <algorithm>
#include <functional>
#include <string_view>

namespace sextant::server {
namespace {

using Value = decltype(RemoteWriteSetting::value);
using Texts = RemoteWriteSetting::Texts;
using Put = std::function<bool(RemoteWriteTarget&, const Value&)>;

constexpr std::int64_t kSmallestQueue = std::int64_t{1} << 20;
constexpr std::size_t kLongestName = 40;

struct Field {
    std::string_view key;
    std::string_view expected;
    Put put; ///< false: the value is not what is expected
};

bool isOneLine(std::string_view text)
{
    return text.find_first_of("\r\n") == std::string_view::npos;
}

bool isWord(std::string_view text, bool withCapitals)
{
    return !text.empty() && std::ranges::all_of(text, [withCapitals](char c) {
        return (c >= 'a' && c <= 'z') || (withCapitals && c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_';
    });
}

Put putText(std::string RemoteWriteTarget::*member)
{
    return [member](RemoteWriteTarget& target, const Value& value) {
        const auto* text = std::get_if<std::string>(&value);
        if (text)
            target.*member = *text;
        return text && !text->empty() && isOneLine(*text);
    };
}

bool putName(RemoteWriteTarget& target, const Value& value)
{
    const auto* text = std::get_if<std::string>(&value);
    if (text)
        target.name = *text;
    return text && isWord(*text, false) && text->size() <= kLongestName;
}

bool putUrl(RemoteWriteTarget& target, const Value& value)
{
    const auto* text = std::get_if<std::string>(&value);
    if (!text)
        return false;
    target.url = *text;
    const QUrl url(QString::fromStdString(*text), QUrl::StrictMode);
    return url.isValid() && (url.scheme() == QLatin1String("https") || url.scheme() == QLatin1String("http")) &&
           !url.host().isEmpty() && url.userInfo().isEmpty() && !url.hasFragment();
}

bool putHeaders(RemoteWriteTarget& target, const Value& value)
{
    const auto* headers = std::get_if<Texts>(&value);
    if (headers)
        target.headers = *headers;
    return headers && std::ranges::all_of(*headers,
                          [](const auto& header) { return isWord(header.first, true) && isOneLine(header.second); });
}

bool putExternalLabels(RemoteWriteTarget& target, const Value& value)
{
    const auto* labels = std::get_if<Texts>(&value);
    if (!labels)
        return false;
    for (const auto& [name, text] : *labels) {
        if (!metrics::isLabelName(name) || name == "__name__" || text.empty())
            return false;
        target.externalLabels.push_back({name, text});
    }
    return metrics::arrange(target.externalLabels).has_value();
}

Put putRules(std::vector<SeriesRule> RemoteWriteTarget::*member)
{
    return [member](RemoteWriteTarget& target, const Value& value) {
        const auto* rules = std::get_if<std::vector<Texts>>(&value);
        if (!rules)
            return false;
        for (const Texts& conditions : *rules) {
            SeriesRule rule;
            for (const auto& [label, expression] : conditions) {
                auto matcher = promql::Matcher::make(label, promql::MatchOp::Regex, expression);
                if (!matcher || !metrics::isLabelName(label))
                    return false;
                rule.push_back(std::move(*matcher));
            }
            if (rule.empty()) // would fit everything
                return false;
            (target.*member).push_back(std::move(rule));
        }
        return true;
    };
}

bool putQueueBytes(RemoteWriteTarget& target, const Value& value)
{
    const auto* number = std::get_if<std::int64_t>(&value);
    const auto* text = std::get_if<std::string>(&value);
    const auto bytes = text ? parseBytes(QString::fromStdString(*text)) : std::nullopt;
    target.queueBytes = number ? *number : bytes.value_or(0);
    return target.queueBytes >= kSmallestQueue;
}

bool putTimeout(RemoteWriteTarget& target, const Value& value)
{
    const auto* text = std::get_if<std::string>(&value);
    const auto duration = text ? parseDuration(QString::fromStdString(*text)) : std::nullopt;
    target.timeout = std::chrono::milliseconds(duration.value_or(0));
    return duration && *duration >= 1'000 && *duration <= 300'000;
}

const std::vector<Field>& fields()
{
    constexpr std::string_view kFile = "a file";
    constexpr std::string_view kRules = "a list of tables of labels and regular expressions (RE2), e.g. "
                                        "[{ __name__ = \"system_.*\", job = \"sextant\" }]";
    static const std::vector<Field> all{
        {"name", "1 to 40 of a to z, 0 to 9, - and _", putName},
        {"url", "http:// or https:// without a password in it", putUrl},
        {"ca_file", kFile, putText(&RemoteWriteTarget::caFile)},
        {"bearer_token_file", kFile, putText(&RemoteWriteTarget::bearerTokenFile)},
        {"user", "a text", putText(&RemoteWriteTarget::user)},
        {"password_file", kFile, putText(&RemoteWriteTarget::passwordFile)},
        {"headers", "a table of texts, e.g. { X-Scope-OrgID = \"fleet\" }", putHeaders},
        {"allow", kRules, putRules(&RemoteWriteTarget::allow)},
        {"deny", kRules, putRules(&RemoteWriteTarget::deny)},
        {"external_labels", "a table of labels, e.g. { site = \"north\" }", putExternalLabels},
        {"queue_bytes", "a size from 1MiB, e.g. \"1GiB\"", putQueueBytes},
        {"timeout", "a duration from 1s to 300s, e.g. \"30s\"", putTimeout},
    };
    return all;
}

tl::unexpected<Error> wrong(const std::string& at, std::string_view key, std::string_view why)
{
    return fail(ErrorCode::Invalid, at + "remote_write." + std::string(key) + ": " + std::string(why));
}

} // namespace

Result<RemoteWriteTarget> readRemoteWriteTarget(const std::string& at, const std::vector<RemoteWriteSetting>& settings)
{
    RemoteWriteTarget target;
    for (const RemoteWriteSetting& setting : settings) {
        const auto field = std::ranges::find(fields(), std::string_view(setting.key), &Field::key);
        if (field == fields().end())
            return wrong(setting.at, setting.key, "there is no such setting");
        if (!field->put(target, setting.value))
            return wrong(setting.at, setting.key, "expected " + std::string(field->expected));
    }
    if (target.name.empty())
        return wrong(at, "name", "is missing");
    if (target.url.empty())
        return wrong(at, "url", "is missing");
    if (target.user.empty() != target.passwordFile.empty())
        return wrong(at, "user", "goes together with password_file");
    if (!target.user.empty() && !target.bearerTokenFile.empty())
        return wrong(at, "bearer_token_file", "does not go together with user");
    return target;
}

} // namespace sextant::server
