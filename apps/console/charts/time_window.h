// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/charts/bucket.h"

#include <QObject>

#include <optional>
#include <vector>

namespace sextant::console {

/// The stretch of time that every chart of a page shows, and the moment under the pointer. Live: the right edge is now
/// and moves. Zooming in stops that; zooming back to where one began resumes it. GUI thread.
class TimeWindow : public QObject {
    Q_OBJECT

public:
    /// Nobody can tell less apart, and the server has no finer data.
    static constexpr std::int64_t kShortest = 30'000;

    explicit TimeWindow(QObject* parent = nullptr);

    [[nodiscard]] TimeSpan span() const { return m_span; }
    [[nodiscard]] std::int64_t presetMs() const { return m_presetMs; }
    [[nodiscard]] bool isLive() const { return m_live; }
    [[nodiscard]] bool isZoomed() const { return !m_before.empty(); }
    [[nodiscard]] std::optional<std::int64_t> cursor() const { return m_cursor; }

    /// The last `ms` until now, live.
    void setPreset(std::int64_t ms);
    void setLive(bool live);
    /// The clock went on; moves the window when live.
    void setNow(std::int64_t now);
    void zoomTo(TimeSpan span);
    void zoomBack();
    void setCursor(std::optional<std::int64_t> time);

signals:
    /// Another stretch: data must be asked for.
    void jumped();
    /// The live edge moved on: data is appended.
    void advanced();
    void liveChanged(bool live);
    void cursorChanged();

private:
    struct Before {
        TimeSpan span;
        bool live;
    };

    TimeSpan m_span;
    std::int64_t m_now = 0;
    std::int64_t m_presetMs = 3'600'000;
    bool m_live = true;
    std::vector<Before> m_before;
    std::optional<std::int64_t> m_cursor;
};

} // namespace sextant::console
