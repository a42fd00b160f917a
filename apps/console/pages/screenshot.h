// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QSize>
#include <QString>
#include <QTimer>
#include <QUrl>

#include <vector>

namespace sextant::console {

class MainWindow;
class Session;
class ServerList;
class Theme;

/// What `--screenshot` was told.
struct ScreenshotOrder {
    QString folder;
    QUrl server;
    bool light = true;
    bool dark = true;
    QSize size{1440, 900};
};

/// Opens the server (UnattendedLogin answers its questions), waits for real data, and writes fleet-light.png,
/// fleet-dark.png, host-light.png and host-dark.png. Stops the program with 0, or with 1 after one line that says what
/// was missing; waits kPatience at most. GUI thread; everything given outlives it.
class Screenshot : public QObject {
    Q_OBJECT

public:
    static constexpr std::chrono::seconds kPatience{90};

    Screenshot(ScreenshotOrder order, MainWindow& window, Session& session, ServerList& servers, Theme& theme,
        QObject* parent = nullptr);

    void start();
    /// Ends with that reason.
    void fail(const QString& problem) { end(problem); }

signals:
    void finished(int exitCode);

private:
    enum class Step { Fleet, Host, Settle, Done };

    void look();
    [[nodiscard]] bool fleetReady() const;
    [[nodiscard]] bool hostReady() const;
    void takeAll();
    [[nodiscard]] bool take(const QString& page);
    void end(const QString& problem);

    ScreenshotOrder m_order;
    MainWindow& m_window;
    Session& m_session;
    ServerList& m_servers;
    Theme& m_theme;
    QTimer m_look, m_patience;
    Step m_step = Step::Fleet;
};

} // namespace sextant::console
