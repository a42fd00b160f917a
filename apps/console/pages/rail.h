// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <vector>

namespace sextant::console {

class Theme;

/// The pages that can be chosen at any time.
enum class Page { Fleet, Settings };

/// The left rail: the product's name, the pages as icons with names, folded to icons on request. GUI thread.
class Rail : public QWidget {
    Q_OBJECT

public:
    explicit Rail(const Theme& theme, QWidget* parent = nullptr);

    void setCurrent(Page page);
    void setFolded(bool folded);
    /// The number of hosts in trouble, beside Fleet; 0 shows nothing.
    void setTrouble(int hosts);

signals:
    void pageChosen(sextant::console::Page page);
    void foldedChanged(bool folded);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    class Entry;

    const Theme& m_theme;
    std::vector<Entry*> m_entries;
    Entry* m_fold = nullptr;
    bool m_folded = false;
};

} // namespace sextant::console
