// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/otlp_value.h"

#include "server/query/json_text.h"

#include <QByteArray>

namespace sextant::server {

/// Before a value: nothing at the top, a comma where there was one before.
void OtlpValue::separate()
{
    if (m_depth == 0)
        m_text.clear();
    else if (m_text.back() != '[' && m_text.back() != '{' && m_text.back() != ':')
        m_text += ',';
}

void OtlpValue::string(std::string_view text)
{
    separate();
    if (m_depth == 0)
        m_text = text;
    else
        appendJsonString(m_text, text);
}

void OtlpValue::boolean(bool value)
{
    separate();
    m_text += value ? "true" : "false";
}

void OtlpValue::whole(std::int64_t value)
{
    separate();
    m_text += std::to_string(value);
}

void OtlpValue::number(double value)
{
    separate();
    appendJsonNumber(m_text, value);
}

void OtlpValue::bytes(std::string_view data)
{
    separate();
    const QByteArray encoded = QByteArray::fromRawData(data.data(), static_cast<qsizetype>(data.size())).toBase64();
    const char* quote = m_depth == 0 ? "" : "\"";
    m_text += quote + encoded.toStdString() + quote;
}

void OtlpValue::beginArray()
{
    separate();
    m_text += '[';
    ++m_depth;
}

void OtlpValue::endArray()
{
    m_text += ']';
    --m_depth;
}

void OtlpValue::beginObject()
{
    separate();
    m_text += '{';
    ++m_depth;
}

void OtlpValue::key(std::string_view name)
{
    separate();
    appendJsonString(m_text, name);
    m_text += ':';
}

void OtlpValue::endObject()
{
    m_text += '}';
    --m_depth;
}

} // namespace sextant::server
