// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/pages/connect_page.h"

#include "console/format/format.h"
#include "console/pages/notice.h"
#include "console/session/certificate_pin.h"
#include "console/theme/theme.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace sextant::console {
namespace {

using namespace metrics_px;

constexpr int kCardWidth = 520;

QVBoxLayout* column(QWidget* step)
{
    auto* layout = new QVBoxLayout(step);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(kGap12);
    return layout;
}

QLabel* paragraph(const QString& text, const char* role)
{
    QLabel* label = makeLabel(text, role);
    label->setWordWrap(true);
    return label;
}

QPushButton* button(const QString& text, const char* role)
{
    auto* made = new QPushButton(text);
    made->setProperty("role", QLatin1String(role));
    return made;
}

QHBoxLayout* buttons(std::initializer_list<QPushButton*> list)
{
    auto* row = new QHBoxLayout;
    row->setSpacing(kGap8);
    row->addStretch();
    for (QPushButton* each : list)
        row->addWidget(each);
    return row;
}

QVBoxLayout* field(const QString& caption, QWidget* below)
{
    auto* pair = new QVBoxLayout;
    pair->setSpacing(kGap4);
    pair->addWidget(makeLabel(caption, "label"));
    pair->addWidget(below);
    return pair;
}

QLabel* fingerprintBox()
{
    QLabel* box = makeLabel({}, "fingerprint");
    box->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    box->setAlignment(Qt::AlignCenter);
    return box;
}

/// Four lines of four groups: short enough to compare by eye.
QString fingerprintLines(const QByteArray& fingerprint)
{
    constexpr int kGroupsPerLine = 4;
    const QStringList groups = groupedHex(fingerprint).split(QLatin1Char(' '));
    QString text;
    for (qsizetype index = 0; index < groups.size(); ++index) {
        if (index > 0)
            text += index % kGroupsPerLine == 0 ? QStringLiteral("\n") : QStringLiteral("  ");
        text += groups[index];
    }
    return text;
}

} // namespace

ConnectPage::ConnectPage(Session& session, ServerList& servers, QWidget* parent)
    : QWidget(parent), m_session(session), m_servers(servers)
{
    m_steps = {makeAddress(), makeBusy(), makeTrust(), makeChanged(), makeLogin(), makeFailed()};
    auto* card = new QWidget;
    card->setProperty("role", QStringLiteral("card"));
    card->setAttribute(Qt::WA_StyledBackground);
    card->setFixedWidth(kCardWidth);
    auto* inside = new QVBoxLayout(card);
    inside->setContentsMargins(kGap32, kGap24 + 4, kGap32, kGap32);
    // No stack: that would be as high as its highest step.
    for (QWidget* step : m_steps) {
        step->hide();
        inside->addWidget(step);
    }
    putInTheMiddle(card, *this);
    connect(&session, &Session::stateChanged, this, &ConnectPage::follow);
    follow(session.state());
}

bool ConnectPage::wants(Session::State state)
{
    return state != Session::State::Online && state != Session::State::Lost && state != Session::State::Loading;
}

QWidget* ConnectPage::makeAddress()
{
    auto* step = new QWidget;
    QVBoxLayout* rows = column(step);
    m_address = new QLineEdit;
    m_address->setObjectName(QStringLiteral("address"));
    m_address->setPlaceholderText(QStringLiteral("fleet.example"));
    m_addressError = paragraph({}, "error");
    m_addressError->hide();
    QPushButton* go = button(tr("Connect"), "primary");
    go->setObjectName(QStringLiteral("connect"));
    connect(go, &QPushButton::clicked, this, &ConnectPage::connectToAddress);
    connect(m_address, &QLineEdit::returnPressed, this, &ConnectPage::connectToAddress);
    m_knownTitle = makeLabel(tr("Servers you know"), "label");
    m_known = new QVBoxLayout;
    m_known->setSpacing(kGap8);
    rows->addWidget(makeLabel(tr("Connect to a server"), "page"));
    rows->addWidget(paragraph(tr("Where is the Sextant server? It prints its address when it starts."), "quiet"));
    rows->addSpacing(kGap4);
    rows->addLayout(field(tr("Address"), m_address));
    rows->addWidget(m_addressError);
    rows->addLayout(buttons({go}));
    rows->addWidget(m_knownTitle);
    rows->addLayout(m_known);
    return step;
}

QWidget* ConnectPage::makeBusy()
{
    auto* step = new QWidget;
    QVBoxLayout* rows = column(step);
    m_busy = paragraph({}, "section");
    QPushButton* cancel = button(tr("Cancel"), "plain");
    connect(cancel, &QPushButton::clicked, &m_session, &Session::close);
    rows->addWidget(m_busy);
    rows->addStretch();
    rows->addLayout(buttons({cancel}));
    return step;
}

QWidget* ConnectPage::makeTrust()
{
    auto* step = new QWidget;
    QVBoxLayout* rows = column(step);
    m_trustHeading = paragraph({}, "page");
    m_fingerprint = fingerprintBox();
    m_fingerprint->setObjectName(QStringLiteral("fingerprint"));
    m_accept = button(tr("It is the same: trust this server"), "primary");
    m_accept->setObjectName(QStringLiteral("accept"));
    QPushButton* cancel = button(tr("Cancel"), "plain");
    m_safe[Trust] = cancel;
    connect(m_accept, &QPushButton::clicked, &m_session, &Session::acceptAuthority);
    connect(cancel, &QPushButton::clicked, &m_session, &Session::close);
    rows->addWidget(m_trustHeading);
    rows->addWidget(
        paragraph(tr("You connect to it for the first time. Compare this fingerprint of its certificate authority "
                     "(SHA-256) with the one that the server printed at its first start. “sextant-server doctor” "
                     "prints it again."),
            "quiet"));
    rows->addWidget(m_fingerprint);
    rows->addWidget(paragraph(tr("If they differ, someone is between you and the server: do not connect."), "quiet"));
    rows->addLayout(buttons({cancel, m_accept}));
    return step;
}

QWidget* ConnectPage::makeChanged()
{
    auto* step = new QWidget;
    QVBoxLayout* rows = column(step);
    m_changedText = paragraph({}, "quiet");
    m_pinned = fingerprintBox();
    m_offered = fingerprintBox();
    QPushButton* forget = button(tr("I replaced it: compare again"), "danger");
    QPushButton* back = button(tr("Do not connect"), "primary");
    m_safe[Changed] = back;
    connect(forget, &QPushButton::clicked, this, &ConnectPage::forgetAuthority);
    connect(back, &QPushButton::clicked, &m_session, &Session::close);
    rows->addWidget(paragraph(tr("The server's certificate authority has changed"), "page"));
    rows->addWidget(m_changedText);
    rows->addLayout(field(tr("Trusted until now"), m_pinned));
    rows->addLayout(field(tr("Offered now"), m_offered));
    rows->addLayout(buttons({forget, back}));
    return step;
}

QWidget* ConnectPage::makeLogin()
{
    auto* step = new QWidget;
    QVBoxLayout* rows = column(step);
    m_loginHeading = paragraph({}, "page");
    m_loginMessage = paragraph({}, "error");
    m_loginMessage->setObjectName(QStringLiteral("loginMessage"));
    m_name = new QLineEdit;
    m_name->setObjectName(QStringLiteral("name"));
    m_password = new QLineEdit;
    m_password->setObjectName(QStringLiteral("password"));
    m_password->setEchoMode(QLineEdit::Password);
    m_keep = new QCheckBox(tr("Keep the password in the desktop's password store"));
    m_keepProblem = paragraph({}, "quiet");
    m_keepProblem->setObjectName(QStringLiteral("keepProblem"));
    m_logIn = button(tr("Log in"), "primary");
    m_logIn->setObjectName(QStringLiteral("logIn"));
    QPushButton* other = button(tr("Another server"), "plain");
    connect(m_logIn, &QPushButton::clicked, this, &ConnectPage::sendLogin);
    connect(m_password, &QLineEdit::returnPressed, this, &ConnectPage::sendLogin);
    connect(m_name, &QLineEdit::returnPressed, m_password, qOverload<>(&QWidget::setFocus));
    connect(other, &QPushButton::clicked, &m_session, &Session::close);
    rows->addWidget(m_loginHeading);
    rows->addWidget(m_loginMessage);
    rows->addLayout(field(tr("Name"), m_name));
    rows->addLayout(field(tr("Password"), m_password));
    rows->addWidget(m_keep);
    rows->addWidget(m_keepProblem);
    rows->addSpacing(kGap4);
    rows->addLayout(buttons({other, m_logIn}));
    return step;
}

QWidget* ConnectPage::makeFailed()
{
    auto* step = new QWidget;
    QVBoxLayout* rows = column(step);
    m_failedText = paragraph({}, "quiet");
    m_failedText->setObjectName(QStringLiteral("failedText"));
    QPushButton* other = button(tr("Another server"), "plain");
    QPushButton* again = button(tr("Try again"), "primary");
    connect(other, &QPushButton::clicked, &m_session, &Session::close);
    m_safe[Failed] = again;
    connect(again, &QPushButton::clicked, &m_session, &Session::retryNow);
    rows->addWidget(paragraph(tr("The server cannot be used now"), "page"));
    rows->addWidget(m_failedText);
    rows->addWidget(paragraph(
        tr("Does it run? “sextant-server doctor” on its machine says so. Is a firewall in between? The console needs "
           "only this one port."),
        "quiet"));
    rows->addLayout(buttons({other, again}));
    return step;
}

void ConnectPage::follow(Session::State state)
{
    const QString server = m_session.profile().title();
    Step step = Address;
    switch (state) {
    case Session::State::NoServer:
        fillServers();
        break;
    case Session::State::Contacting:
    case Session::State::LoggingIn:
        m_busy->setText(state == Session::State::Contacting ? tr("Contacting %1 …").arg(server)
                                                            : tr("Logging in to %1 …").arg(server));
        step = Busy;
        break;
    case Session::State::Trust:
        m_trustHeading->setText(tr("Is this %1?").arg(server));
        m_fingerprint->setText(fingerprintLines(m_session.offeredFingerprint()));
        step = Trust;
        break;
    case Session::State::Changed:
        fillChanged();
        step = Changed;
        break;
    case Session::State::LogIn:
        fillLogin();
        step = LogIn;
        break;
    case Session::State::Failed:
        m_failedText->setText(m_session.message());
        step = Failed;
        break;
    default:
        return;
    }
    m_steps[m_step]->hide();
    m_step = step;
    m_steps[m_step]->show();
    focusField();
}

void ConnectPage::focusField()
{
    switch (m_step) {
    case Address:
        m_address->setFocus();
        break;
    case LogIn:
        (m_name->text().isEmpty() ? m_name : m_password)->setFocus();
        break;
    default:
        if (QPushButton* safe = m_safe[m_step])
            safe->setFocus();
        break;
    }
}

void ConnectPage::fillServers()
{
    while (QLayoutItem* item = m_known->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (const ServerProfile& server : m_servers.servers()) {
        QPushButton* open = button(server.title(), "plain");
        open->setStyleSheet(QStringLiteral("text-align: left;"));
        connect(open, &QPushButton::clicked, this, [this, server] { m_session.open(server); });
        m_known->addWidget(open);
    }
    m_knownTitle->setVisible(!m_servers.servers().isEmpty());
}

void ConnectPage::fillChanged()
{
    const QString since = formatDate(m_session.profile().acceptedAt, QDateTime::currentDateTime());
    m_changedText->setText(
        tr("%1 shows another certificate authority than the one you have trusted since %2. If nobody replaced it, "
           "someone may be between you and the server: do not connect. If it was set up again, compare the new "
           "fingerprint with what the server printed.")
            .arg(m_session.profile().title(), since));
    m_pinned->setText(fingerprintLines(m_session.pinnedFingerprint()));
    m_offered->setText(fingerprintLines(m_session.offeredFingerprint()));
}

void ConnectPage::fillLogin()
{
    m_loginHeading->setText(tr("Log in to %1").arg(m_session.profile().title()));
    m_loginMessage->setText(m_session.message());
    m_loginMessage->setVisible(!m_session.message().isEmpty());
    if (m_name->text().isEmpty() || !m_session.profile().userName.isEmpty())
        m_name->setText(m_session.profile().userName);
    m_password->clear();
    const bool canKeep = m_session.secretsProblem().isEmpty();
    m_keep->setVisible(canKeep);
    m_keep->setChecked(canKeep && m_session.profile().keepPassword);
    m_keepProblem->setVisible(!canKeep);
    m_keepProblem->setText(
        tr("No password store (Secret Service) is running on this desktop, so nothing is kept and you will be asked "
           "each time. The reason it gave: %1")
            .arg(m_session.secretsProblem()));
}

void ConnectPage::connectToAddress()
{
    const Result<QUrl> url = parseServerAddress(m_address->text());
    m_addressError->setVisible(!url);
    if (url)
        m_session.open(m_servers.findOrMake(*url));
    else
        m_addressError->setText(QString::fromStdString(url.error().message));
}

void ConnectPage::sendLogin()
{
    if (m_name->text().isEmpty() || m_password->text().isEmpty()) {
        m_loginMessage->setText(tr("Enter your name and your password."));
        m_loginMessage->show();
        return;
    }
    m_session.logIn(m_name->text(), m_password->text(), m_keep->isChecked());
}

void ConnectPage::forgetAuthority()
{
    ServerProfile profile = m_session.profile();
    profile.authority.clear();
    m_servers.store(profile);
    m_session.open(profile);
}

} // namespace sextant::console
