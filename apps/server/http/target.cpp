// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/target.h"

#include <QStringDecoder>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace sextant::server::http {
namespace {

std::optional<int> hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return std::nullopt;
}

/// What may stand in a decoded text.
enum class Allow : std::uint8_t { OneLine, Lines };

bool isPlainText(std::string_view text, Allow allow)
{
    const bool controls = std::ranges::any_of(text, [allow](char c) {
        const auto byte = static_cast<unsigned char>(c);
        const bool breaks = c == '\n' || c == '\r' || c == '\t';
        return (byte < 0x20 && !(breaks && allow == Allow::Lines)) || byte == 0x7f;
    });
    if (controls)
        return false;
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString decoded = decoder.decode(QByteArrayView(text.data(), static_cast<qsizetype>(text.size())));
    return !decoder.hasError() && (!decoded.isEmpty() || text.empty());
}

std::optional<std::string> decode(std::string_view text, bool plusIsSpace, Allow allow = Allow::OneLine)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (i + 2 >= text.size())
                return std::nullopt;
            const auto high = hexDigit(text[i + 1]);
            const auto low = hexDigit(text[i + 2]);
            if (!high || !low)
                return std::nullopt;
            out += static_cast<char>(*high * 16 + *low);
            i += 2;
        } else {
            out += plusIsSpace && text[i] == '+' ? ' ' : text[i];
        }
    }
    if (!isPlainText(out, allow))
        return std::nullopt;
    return out;
}

} // namespace

Result<Form> parseForm(std::string_view text)
{
    Form form;
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), pair.size() + 1));
        if (pair.empty())
            continue;
        const std::size_t equals = pair.find('=');
        auto name = decode(pair.substr(0, equals), true);
        auto value =
            decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true, Allow::Lines);
        if (!name || !value)
            return fail(ErrorCode::Malformed, "the query is not percent-encoded UTF-8 text");
        form.emplace_back(std::move(*name), std::move(*value));
    }
    return form;
}

Result<Target> parseTarget(std::string_view text)
{
    if (const std::size_t scheme = text.find("://"); !text.starts_with('/') && scheme != std::string_view::npos) {
        const std::size_t slash = text.find_first_of("/?", scheme + 3);
        if (slash == std::string_view::npos || text[slash] == '?')
            return fail(ErrorCode::Malformed, "the request target has no path");
        text.remove_prefix(slash);
    }
    if (!text.starts_with('/'))
        return fail(ErrorCode::Malformed, "the request target does not start with /");

    Target target;
    const std::size_t question = text.find('?');
    std::string_view path = text.substr(1, question == std::string_view::npos ? question : question - 1);
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        auto segment = decode(path.substr(0, slash), false);
        if (!segment || *segment == "." || *segment == "..")
            return fail(ErrorCode::Malformed, "the path is not percent-encoded UTF-8 text without . and ..");
        target.path += '/';
        target.path += *segment;
        target.segments.push_back(std::move(*segment));
        if (slash == std::string_view::npos)
            break;
        path.remove_prefix(slash + 1);
        if (path.empty()) { // "/a/" is not "/a"
            target.path += '/';
            target.segments.emplace_back();
        }
    }
    if (target.path.empty())
        target.path = "/";
    if (question != std::string_view::npos) {
        auto query = parseForm(text.substr(question + 1));
        if (!query)
            return tl::unexpected<Error>(query.error());
        target.query = std::move(*query);
    }
    return target;
}

} // namespace sextant::server::http
