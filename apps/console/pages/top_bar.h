// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace sextant::console {

class Theme;

/// How the data comes, for the mark at the right of the top bar.
enum class LinkState { None, Connecting, Live, Paused, Lost };

/// The bar over the content: where one is, the search, whether the data is live, and the server with its menu. GUI
/// thread.
class TopBar : public QWidget {
    Q_OBJECT

public:
    explicit TopBar(const Theme& theme, QWidget* parent = nullptr);

    /// "Fleet" or "Fleet › web03"; the first part goes back when there are two.
    void setPath(const QString& page, const QString& host = {});
    void setLink(LinkState state, const QString& toolTip = {});
    void setServer(const QString& text);
    [[nodiscard]] QPushButton* serverButton() const { return m_server; }

signals:
    void pageClicked();
    void searchRequested();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    class LinkMark;

    const Theme& m_theme;
    QPushButton* m_page;
    QLabel* m_host;
    QPushButton* m_search;
    LinkMark* m_link;
    QPushButton* m_server;
};

} // namespace sextant::console
