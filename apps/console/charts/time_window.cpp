// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/charts/time_window.h"

namespace sextant::console {

TimeWindow::TimeWindow(QObject* parent) : QObject(parent) {}

void TimeWindow::setPreset(std::int64_t ms)
{
    m_presetMs = ms;
    m_before.clear();
    m_span = {m_now - ms, m_now};
    const bool wasLive = m_live;
    m_live = true;
    if (!wasLive)
        emit liveChanged(true);
    emit jumped();
}

void TimeWindow::setLive(bool live)
{
    if (live == m_live)
        return;
    if (live) {
        setPreset(m_presetMs);
        return;
    }
    m_live = false;
    emit liveChanged(false);
}

void TimeWindow::setNow(std::int64_t now)
{
    if (now <= m_now)
        return;
    const bool first = m_now == 0;
    m_now = now;
    if (!m_live)
        return;
    m_span = {now - m_presetMs, now};
    if (first)
        emit jumped();
    else
        emit advanced();
}

void TimeWindow::zoomTo(TimeSpan span)
{
    if (span.length() < kShortest) {
        const std::int64_t middle = span.from + span.length() / 2;
        span = {middle - kShortest / 2, middle + kShortest / 2};
    }
    m_before.push_back({m_span, m_live});
    m_span = span;
    if (m_live) {
        m_live = false;
        emit liveChanged(false);
    }
    emit jumped();
}

void TimeWindow::zoomBack()
{
    if (m_before.empty())
        return;
    const Before before = m_before.back();
    m_before.pop_back();
    if (before.live) {
        setPreset(m_presetMs);
        return;
    }
    m_span = before.span;
    emit jumped();
}

void TimeWindow::setCursor(std::optional<std::int64_t> time)
{
    if (time == m_cursor)
        return;
    m_cursor = time;
    emit cursorChanged();
}

} // namespace sextant::console
