// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/response.h"

#include <QJsonObject>
#include <QString>
#include <QStringList>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sextant::server {

/// Reads the fields of a JSON request body and remembers the first thing that is wrong, so that a handler reads them
/// all and then asks once: `if (fields.problem()) return *fields.problem();`. Used by one thread.
class JsonFields {
public:
    /// The body must be one JSON object and, where the request says so, of type application/json.
    explicit JsonFields(const http::Request& request);
    /// A field that is an object of its own; its fields are named "outer.inner" in problems.
    [[nodiscard]] JsonFields object(const QString& name);

    /// A text of `minLength` to `maxLength` characters without control characters (line breaks are allowed in `lines`).
    QString text(const QString& name, qsizetype minLength, qsizetype maxLength, bool lines = false);
    /// The same; nothing when the field is missing or null.
    QString optionalText(const QString& name, qsizetype maxLength);
    /// A whole number; nothing when the field is missing or null.
    std::optional<std::int64_t> optionalWhole(const QString& name);
    /// true or false; false when the field is missing or null.
    bool optionalFlag(const QString& name);

    /// An array of such words; each one of `allowed`.
    QStringList words(const QString& name, const QStringList& allowed);
    /// An object whose values are texts, in order of their names; empty when the field is missing or null.
    std::vector<std::pair<QString, QString>> optionalTexts(const QString& name);

    [[nodiscard]] const std::optional<http::Response>& problem() const { return m_problem; }
    /// Takes over the problem of a nested object.
    void include(const JsonFields& nested);

private:
    JsonFields() = default;
    void refuse(const QString& name, const std::string& expected);

    QJsonObject m_object;
    QString m_prefix;
    std::optional<http::Response> m_problem;
};

} // namespace sextant::server
