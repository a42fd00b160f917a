// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/session/wire.h"

#include <QWidget>

#include <optional>

namespace sextant::console {

class Theme;

/// The top of the host page: state, name, what machine it is, its tags, and its headline numbers. GUI thread.
class HostHeader : public QWidget {
    Q_OBJECT

public:
    explicit HostHeader(const Theme& theme, QWidget* parent = nullptr);

    /// `silentMs`: how long it has been silent, when it is late or down.
    void show(const HostRow& host, std::optional<std::int64_t> silentMs);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void paintTitle(QPainter& painter) const;
    void paintFigures(QPainter& painter) const;

    const Theme& m_theme;
    HostRow m_host;
    std::optional<std::int64_t> m_silentMs;
};

} // namespace sextant::console
