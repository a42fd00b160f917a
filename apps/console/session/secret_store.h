// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>
#include <QString>

#include <functional>

namespace sextant::console {

/// How looking for a secret ended.
struct SecretAnswer {
    enum class Outcome {
        Done,        ///< found, stored or removed
        NotFound,    ///< there is a store, but it holds no such secret
        Unavailable, ///< there is no store that could be asked, or it refused; `reason` says why
    };
    Outcome outcome = Outcome::NotFound;
    QString secret;
    QString reason;
};

/// Where passwords and session tokens are kept between two starts, and nowhere else. Keys are "token/<server>" and
/// "password/<server>". Calls return at once; `done` is called later on the GUI thread, exactly once, unless the
/// context object is gone by then.
class SecretStore : public QObject {
    Q_OBJECT

public:
    using Done = std::function<void(const SecretAnswer&)>;

    using QObject::QObject;
    virtual void read(const QString& key, QObject* context, Done done) = 0;
    virtual void write(const QString& key, const QString& secret, QObject* context, Done done) = 0;
    virtual void remove(const QString& key, QObject* context, Done done) = 0;
};

/// The desktop's own store (Secret Service, KWallet) over QtKeychain. Never falls back to a file.
class KeychainStore : public SecretStore {
    Q_OBJECT

public:
    using SecretStore::SecretStore;
    void read(const QString& key, QObject* context, Done done) override;
    void write(const QString& key, const QString& secret, QObject* context, Done done) override;
    void remove(const QString& key, QObject* context, Done done) override;
};

/// Forgets everything at the end of the program: for pictures and tests.
class MemoryStore : public SecretStore {
    Q_OBJECT

public:
    using SecretStore::SecretStore;
    void read(const QString& key, QObject* context, Done done) override;
    void write(const QString& key, const QString& secret, QObject* context, Done done) override;
    void remove(const QString& key, QObject* context, Done done) override;

private:
    QHash<QString, QString> m_secrets;
};

} // namespace sextant::console
