// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QSslCertificate>
#include <QTimer>
#include <QUrl>

#include <memory>

class QSslSocket;

namespace sextant::console {

/// Asks a server for its certificate chain and hangs up. Nothing is sent over the connection, because at this point
/// nobody knows who is at the other end. Lives on the GUI thread; one probe at a time, a new one cancels the one
/// before. Gives up after kTimeout. Emits exactly one of found() and failed() per probe that was not cancelled.
class CertificateProbe : public QObject {
    Q_OBJECT

public:
    static constexpr std::chrono::seconds kTimeout{10};

    explicit CertificateProbe(QObject* parent = nullptr);
    ~CertificateProbe() override;

    void start(const QUrl& url);
    void cancel();

signals:
    void found(const QSslCertificate& authority);
    /// One sentence: what was tried, why it failed.
    void failed(const QString& reason);

private:
    void takeChain();
    void giveUp(const QString& reason);

    QUrl m_url;
    QTimer m_timeout;
    QSslSocket* m_socket = nullptr;
};

} // namespace sextant::console
