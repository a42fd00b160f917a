// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/session/session.h"

#include <QWidget>

#include <array>
#include <vector>

class QCheckBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QVBoxLayout;

namespace sextant::console {

class Theme;

/// Everything before the data: choosing a server, comparing its CA on first use, being refused when it has changed, and
/// logging in. One card in the middle of the window that follows the session's state. GUI thread; session and list
/// outlive it.
class ConnectPage : public QWidget {
    Q_OBJECT

public:
    ConnectPage(Session& session, ServerList& servers, QWidget* parent = nullptr);

    /// Whether this page, rather than the data, is to be shown in this state.
    [[nodiscard]] static bool wants(Session::State state);
    /// The field that is to be typed into next.
    void focusField();

private:
    enum Step { Address, Busy, Trust, Changed, LogIn, Failed };

    QWidget* makeAddress();
    QWidget* makeBusy();
    QWidget* makeTrust();
    QWidget* makeChanged();
    QWidget* makeLogin();
    QWidget* makeFailed();
    void follow(Session::State state);
    void fillServers();
    void fillChanged();
    void fillLogin();
    void connectToAddress();
    void sendLogin();
    void forgetAuthority();

    Session& m_session;
    ServerList& m_servers;
    std::vector<QWidget*> m_steps;
    Step m_step = Address;
    std::array<QPushButton*, Failed + 1> m_safe{}; ///< what Enter may press where there is no field
    QVBoxLayout* m_known = nullptr;
    QLabel* m_knownTitle = nullptr;
    QLineEdit* m_address = nullptr;
    QLabel* m_addressError = nullptr;
    QLabel* m_busy = nullptr;
    QLabel* m_trustHeading = nullptr;
    QLabel* m_fingerprint = nullptr;
    QPushButton* m_accept = nullptr;
    QLabel* m_changedText = nullptr;
    QLabel* m_pinned = nullptr;
    QLabel* m_offered = nullptr;
    QLabel* m_loginHeading = nullptr;
    QLabel* m_loginMessage = nullptr;
    QLineEdit* m_name = nullptr;
    QLineEdit* m_password = nullptr;
    QCheckBox* m_keep = nullptr;
    QLabel* m_keepProblem = nullptr;
    QPushButton* m_logIn = nullptr;
    QLabel* m_failedText = nullptr;
};

} // namespace sextant::console
