// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/session/sse_parser.h"

namespace sextant::console {

Result<std::vector<SseEvent>> SseParser::push(const QByteArray& bytes)
{
    std::vector<SseEvent> events;
    for (const char byte : bytes) {
        if (m_failed)
            break;
        if (m_skipLineFeed && byte == '\n') {
            m_skipLineFeed = false;
            continue;
        }
        m_skipLineFeed = byte == '\r';
        if (byte == '\n' || byte == '\r') {
            takeLine(m_line, events);
            m_line.clear();
        } else {
            m_line.append(byte);
        }
        m_failed = m_line.size() + m_event.data.size() > m_mostBytes;
    }
    if (m_failed)
        return fail(ErrorCode::TooLarge, "an event of the live stream is larger than any the server sends");
    return events;
}

void SseParser::takeLine(QByteArrayView line, std::vector<SseEvent>& events)
{
    if (!m_started) {
        m_started = true;
        if (line.startsWith("\xEF\xBB\xBF"))
            line = line.sliced(3);
    }
    if (line.isEmpty()) {
        if (m_hasData) {
            if (m_event.name.isEmpty())
                m_event.name = "message";
            events.push_back(m_event);
        }
        m_event.name.clear();
        m_event.data.clear();
        m_hasData = false;
        return;
    }
    const qsizetype colon = line.indexOf(':');
    if (colon == 0)
        return;
    if (colon < 0) {
        takeField(line, {});
        return;
    }
    QByteArrayView value = line.sliced(colon + 1);
    if (value.startsWith(' '))
        value = value.sliced(1);
    takeField(line.first(colon), value);
}

void SseParser::takeField(QByteArrayView name, QByteArrayView value)
{
    if (name == "data") {
        if (m_hasData)
            m_event.data.append('\n');
        m_event.data.append(value);
        m_hasData = true;
    } else if (name == "event") {
        m_event.name = value.toByteArray();
    } else if (name == "id" && !value.contains('\0')) {
        m_event.id = value.toByteArray();
    }
}

} // namespace sextant::console
