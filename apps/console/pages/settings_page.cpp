// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/pages/settings_page.h"

#include "console/format/format.h"
#include "console/pages/notice.h"
#include "console/session/certificate_pin.h"
#include "console/session/session.h"
#include "console/theme/theme.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QSettings>
#include <QVBoxLayout>

namespace sextant::console {
namespace {

using namespace metrics_px;

const QString kTheme = QStringLiteral("theme");
const QString kDensity = QStringLiteral("density");
const QStringList kThemeWords{QStringLiteral("system"), QStringLiteral("light"), QStringLiteral("dark")};

/// With a mark that it opens: where a style sheet dresses a combo box, the style leaves that out.
class Choice : public QComboBox {
public:
    explicit Choice(const Theme& theme) : m_theme(theme) { setFixedWidth(220); }

protected:
    void paintEvent(QPaintEvent* event) override
    {
        QComboBox::paintEvent(event);
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(m_theme.palette().quiet, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        const QPointF tip(width() - 16, height() / 2.0 + 2.5);
        painter.drawPolyline(QPolygonF{tip + QPointF(-4, -4), tip, tip + QPointF(4, -4)});
    }

private:
    const Theme& m_theme;
};

QLabel* caption(const QString& text)
{
    QLabel* label = makeLabel(text, "quiet");
    label->setMinimumHeight(32);
    return label;
}

QWidget* card(QVBoxLayout*& rows, const QString& title)
{
    auto* box = new QWidget;
    box->setProperty("role", QStringLiteral("card"));
    box->setAttribute(Qt::WA_StyledBackground);
    box->setMaximumWidth(760);
    rows = new QVBoxLayout(box);
    rows->setContentsMargins(kGap24, kGap16, kGap24, kGap24);
    rows->setSpacing(kGap12);
    rows->addWidget(makeLabel(title, "section"));
    return box;
}

} // namespace

bool isDense(const QSettings& settings)
{
    return settings.value(kDensity).toString() != u"comfortable";
}

void applyThemeChoice(const QSettings& settings, Theme& theme)
{
    const qsizetype word = kThemeWords.indexOf(settings.value(kTheme).toString());
    theme.setChoice(static_cast<ThemeChoice>(std::max<qsizetype>(0, word)));
}

SettingsPage::SettingsPage(Theme& theme, Session& session, ServerList& servers, QSettings& settings, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_session(session), m_servers(servers), m_settings(settings)
{
    auto* page = new QVBoxLayout(this);
    page->setContentsMargins(kGap16, kGap12, kGap16, kGap16);
    page->setSpacing(kGap12);
    page->addWidget(makeLabel(tr("Settings"), "page"));
    page->addWidget(makeAppearance());
    page->addWidget(makeServers());
    page->addStretch();
}

QWidget* SettingsPage::makeAppearance()
{
    QVBoxLayout* rows = nullptr;
    QWidget* box = card(rows, tr("Appearance"));
    auto* colours = new Choice(m_theme);
    colours->setObjectName(QStringLiteral("theme"));
    colours->addItems({tr("Same as the desktop"), tr("Light"), tr("Dark")});
    colours->setCurrentIndex(static_cast<int>(m_theme.choice()));
    connect(colours, &QComboBox::currentIndexChanged, this, [this](int index) {
        m_settings.setValue(kTheme, kThemeWords[index]);
        m_theme.setChoice(static_cast<ThemeChoice>(index));
    });
    auto* density = new Choice(m_theme);
    density->addItems({tr("Dense, 28 px"), tr("Comfortable, 36 px")});
    density->setCurrentIndex(isDense(m_settings) ? 0 : 1);
    connect(density, &QComboBox::currentIndexChanged, this, [this](int index) {
        m_settings.setValue(kDensity, index == 0 ? QStringLiteral("dense") : QStringLiteral("comfortable"));
        emit densityChanged(index == 0);
    });
    auto* form = new QFormLayout;
    form->setHorizontalSpacing(kGap24);
    form->setVerticalSpacing(kGap8);
    form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    form->addRow(caption(tr("Colours")), colours);
    form->addRow(caption(tr("Table rows")), density);
    rows->addLayout(form);
    return box;
}

QWidget* SettingsPage::makeServers()
{
    QVBoxLayout* rows = nullptr;
    QWidget* box = card(rows, tr("Servers"));
    m_rows = new QVBoxLayout;
    m_rows->setSpacing(kGap16);
    rows->addLayout(m_rows);
    auto* note = makeLabel(
        tr("Passwords and session tokens are kept only in the desktop's password store, never in a file."), "label");
    note->setWordWrap(true);
    rows->addWidget(note);
    refresh();
    return box;
}

void SettingsPage::refresh()
{
    while (QLayoutItem* item = m_rows->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (const ServerProfile& server : m_servers.servers())
        addServer(server);
    if (m_servers.servers().isEmpty())
        m_rows->addWidget(makeLabel(tr("None yet."), "quiet"));
}

void SettingsPage::addServer(const ServerProfile& server)
{
    const bool current = server.id == m_session.profile().id;
    auto* entry = new QWidget;
    auto* text = new QVBoxLayout;
    text->setSpacing(2);
    text->addWidget(makeLabel(current ? tr("%1 (connected)").arg(server.title()) : server.title(), "strong"));
    if (!server.authority.isEmpty()) {
        const QString fingerprint = groupedHex(fingerprintOf(QSslCertificate(server.authority, QSsl::Der)));
        QLabel* trusted = makeLabel(tr("trusted since %1: %2")
                                        .arg(formatDate(server.acceptedAt, QDateTime::currentDateTime()),
                                            fingerprint.first(24) + QStringLiteral(" …")),
            "label");
        trusted->setToolTip(fingerprint);
        text->addWidget(trusted);
    }
    auto* row = new QHBoxLayout(entry);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(kGap8);
    row->addLayout(text, 1);
    if (current) {
        auto* out = new QPushButton(tr("Log out"));
        connect(out, &QPushButton::clicked, &m_session, &Session::logOut);
        row->addWidget(out);
    } else {
        auto* go = new QPushButton(tr("Connect"));
        connect(go, &QPushButton::clicked, this, [this, server] { m_session.open(server); });
        auto* forget = new QPushButton(tr("Forget"));
        forget->setProperty("role", QStringLiteral("danger"));
        connect(forget, &QPushButton::clicked, this, [this, server] {
            m_session.forget(server);
            // The button that is being clicked goes with its row.
            QMetaObject::invokeMethod(this, &SettingsPage::refresh, Qt::QueuedConnection);
        });
        row->addWidget(go);
        row->addWidget(forget);
    }
    m_rows->addWidget(entry);
}

} // namespace sextant::console
