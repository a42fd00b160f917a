// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/json_fields.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonValue>

#include <algorithm>
#include <cmath>

namespace sextant::server {
namespace {

constexpr double kLargestWhole = 9'007'199'254'740'991; // 2^53 - 1: what JSON carries exactly everywhere

bool isJsonType(const std::string* contentType)
{
    return !contentType ||
           QByteArray::fromStdString(*contentType).split(';').first().trimmed().toLower() == "application/json";
}

} // namespace

JsonFields::JsonFields(const http::Request& request)
{
    if (!isJsonType(request.head.header("content-type"))) {
        m_problem = http::problem(415, ErrorCode::Malformed, "expected application/json", "Content-Type");
        return;
    }
    QJsonParseError error;
    const auto document = QJsonDocument::fromJson(
        QByteArray::fromRawData(request.body.data(), static_cast<qsizetype>(request.body.size())), &error);
    if (!document.isObject()) {
        const std::string reason = error.error == QJsonParseError::NoError
                                       ? "another kind of value"
                                       : error.errorString().toStdString() + " at byte " + std::to_string(error.offset);
        m_problem = http::problem(400, ErrorCode::Malformed, "body: expected a JSON object, got " + reason, "body");
        return;
    }
    m_object = document.object();
}

JsonFields JsonFields::object(const QString& name)
{
    JsonFields nested;
    const QJsonValue value = m_object.value(name);
    nested.m_prefix = m_prefix + name + u'.';
    nested.m_object = value.toObject();
    if (!value.isObject())
        refuse(name, "an object");
    return nested;
}

QString JsonFields::text(const QString& name, qsizetype minLength, qsizetype maxLength, bool lines)
{
    const QJsonValue value = m_object.value(name);
    const QString text = value.toString();
    const bool isClean = std::ranges::none_of(text, [lines](QChar c) {
        const bool isLineBreak = c == u'\n' || c == u'\r';
        return (c.unicode() < 0x20 || c.unicode() == 0x7f) && !(lines && isLineBreak);
    });
    if (!value.isString() || text.size() < minLength || text.size() > maxLength || !isClean) {
        refuse(name, "a text of " + std::to_string(minLength) + " to " + std::to_string(maxLength) + " characters");
        return {};
    }
    return text;
}

QString JsonFields::optionalText(const QString& name, qsizetype maxLength)
{
    const QJsonValue value = m_object.value(name);
    return value.isUndefined() || value.isNull() ? QString() : text(name, 0, maxLength);
}

std::optional<std::int64_t> JsonFields::optionalWhole(const QString& name)
{
    const QJsonValue value = m_object.value(name);
    if (value.isUndefined() || value.isNull())
        return std::nullopt;
    const double number = value.toDouble();
    if (!value.isDouble() || std::trunc(number) != number || std::abs(number) > kLargestWhole) {
        refuse(name, "a whole number");
        return std::nullopt;
    }
    return static_cast<std::int64_t>(number);
}

bool JsonFields::optionalFlag(const QString& name)
{
    const QJsonValue value = m_object.value(name);
    if (!value.isUndefined() && !value.isNull() && !value.isBool())
        refuse(name, "true or false");
    return value.toBool();
}

QStringList JsonFields::words(const QString& name, const QStringList& allowed)
{
    QStringList words;
    const QJsonArray array = m_object.value(name).toArray();
    for (const QJsonValue& value : array) {
        if (allowed.contains(value.toString()))
            words.append(value.toString());
    }
    if (words.isEmpty() || words.size() != array.size())
        refuse(name, "an array of " + allowed.join(QStringLiteral(", ")).toStdString());
    return words;
}

std::vector<std::pair<QString, QString>> JsonFields::optionalTexts(const QString& name)
{
    const QJsonValue value = m_object.value(name);
    std::vector<std::pair<QString, QString>> texts;
    const QJsonObject object = value.toObject();
    bool isGood = value.isUndefined() || value.isNull() || value.isObject();
    for (auto member = object.begin(); member != object.end(); ++member) {
        texts.emplace_back(member.key(), member.value().toString());
        isGood = isGood && member.value().isString();
    }
    if (!isGood)
        refuse(name, "an object of texts");
    return texts;
}

void JsonFields::include(const JsonFields& nested)
{
    if (!m_problem)
        m_problem = nested.m_problem;
}

void JsonFields::refuse(const QString& name, const std::string& expected)
{
    if (m_problem)
        return;
    const std::string field = (m_prefix + name).toStdString();
    m_problem = http::problem(400, ErrorCode::Invalid, field + ": expected " + expected, field);
}

} // namespace sextant::server
