// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <cstdint>
#include <optional>
#include <string_view>

namespace sextant::server {

// Pieces of JSON text (RFC 8259) put behind one another. For the large answers of the read API, where a tree of
// QJsonValue would cost more than the query itself.

/// A string in quotes. The text is UTF-8.
void appendJsonString(QByteArray& json, std::string_view text);
void appendJsonString(QByteArray& json, const QString& text);

/// The shortest text that reads back as the same number; null for what JSON has no number for.
void appendJsonNumber(QByteArray& json, double number);
void appendJsonNumber(QByteArray& json, std::int64_t number);

/// A member of an object, with a comma in front unless it is the first: `,"key":`
void appendJsonKey(QByteArray& json, std::string_view key);

/// A member, or nothing when the number is not known.
void appendJsonMember(QByteArray& json, std::string_view key, const std::optional<double>& number);
void appendJsonMember(QByteArray& json, std::string_view key, std::int64_t number);
void appendJsonMember(QByteArray& json, std::string_view key, const QString& text);

} // namespace sextant::server
