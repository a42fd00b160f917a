// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QByteArray>

#include <vector>

namespace sextant::console {

/// One server-sent event: its name ("message" when it has none), its data with lines joined by \n, and the last id
/// seen.
struct SseEvent {
    QByteArray name;
    QByteArray data;
    QByteArray id;
};

/// Cuts the bytes of a text/event-stream (WHATWG HTML, "Server-sent events") into events, however they are split over
/// reads. Knows \n, \r\n and \r line ends, a byte order mark, comments, and the fields event, data and id; others are
/// skipped. Holds at most kMostBytes of an unfinished event: a stream that passes it is TooLarge, and the parser then
/// stays failed, because nobody can tell where the next event begins. Not thread-safe; a plain value without I/O.
class SseParser {
public:
    /// A live event carries at most the overview of a large fleet.
    static constexpr qsizetype kMostBytes = 32 * 1024 * 1024;

    explicit SseParser(qsizetype mostBytes = kMostBytes) : m_mostBytes(mostBytes) {}

    /// Takes the next bytes and gives the events that they complete, in order.
    [[nodiscard]] Result<std::vector<SseEvent>> push(const QByteArray& bytes);

private:
    void takeLine(QByteArrayView line, std::vector<SseEvent>& events);
    void takeField(QByteArrayView name, QByteArrayView value);

    qsizetype m_mostBytes;
    QByteArray m_line;
    SseEvent m_event;
    bool m_hasData = false;
    bool m_skipLineFeed = false;
    bool m_started = false;
    bool m_failed = false;
};

} // namespace sextant::console
