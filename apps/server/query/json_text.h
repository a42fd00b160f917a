// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sextant::server {

// Pieces of JSON text (RFC 8259) put behind one another. For the large answers of the read API, where a tree of
// QJsonValue would cost more than the query itself.

/// A string in quotes. The text is UTF-8.
void appendJsonString(std::string& json, std::string_view text);
void appendJsonString(std::string& json, const QString& text);

/// The shortest text that reads back as the same number; null for what JSON has no number for.
void appendJsonNumber(std::string& json, double number);
void appendJsonNumber(std::string& json, std::int64_t number);
/// The number to two decimals, for what is drawn rather than read: a third of the work and of the text.
void appendJsonHundredths(std::string& json, double number);

/// A member of an object, with a comma in front unless it is the first: `,"key":`. The key is one of our own names,
/// without anything to escape.
void appendJsonKey(std::string& json, std::string_view key);

/// A member, or nothing when the number is not known.
void appendJsonMember(std::string& json, std::string_view key, const std::optional<double>& number);
void appendJsonMember(std::string& json, std::string_view key, std::int64_t number);
void appendJsonMember(std::string& json, std::string_view key, const QString& text);

} // namespace sextant::server
