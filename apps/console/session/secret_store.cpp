// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/session/secret_store.h"

#include <QPointer>
#include <qt6keychain/keychain.h>
#include <QTimer>

namespace sextant::console {
namespace {

const QString kService = QStringLiteral("sextant-console");

SecretAnswer answerOf(const QKeychain::Job& job)
{
    switch (job.error()) {
    case QKeychain::NoError:
        return {SecretAnswer::Outcome::Done, {}, {}};
    case QKeychain::EntryNotFound:
        return {SecretAnswer::Outcome::NotFound, {}, {}};
    default:
        return {SecretAnswer::Outcome::Unavailable, {}, job.errorString()};
    }
}

void run(QKeychain::Job* job, const QString& key, QObject* context, const SecretStore::Done& done)
{
    job->setInsecureFallback(false);
    job->setKey(key);
    QObject::connect(job, &QKeychain::Job::finished, context, [done](QKeychain::Job* finished) {
        SecretAnswer answer = answerOf(*finished);
        if (const auto* read = qobject_cast<QKeychain::ReadPasswordJob*>(finished);
            read && answer.outcome == SecretAnswer::Outcome::Done)
            answer.secret = read->textData();
        done(answer);
    });
    job->start();
}

void later(QObject* context, const SecretStore::Done& done, const SecretAnswer& answer)
{
    QTimer::singleShot(0, context, [done, answer] { done(answer); });
}

} // namespace

void KeychainStore::read(const QString& key, QObject* context, Done done)
{
    run(new QKeychain::ReadPasswordJob(kService, this), key, context, done);
}

void KeychainStore::write(const QString& key, const QString& secret, QObject* context, Done done)
{
    auto* job = new QKeychain::WritePasswordJob(kService, this);
    job->setTextData(secret);
    run(job, key, context, done);
}

void KeychainStore::remove(const QString& key, QObject* context, Done done)
{
    run(new QKeychain::DeletePasswordJob(kService, this), key, context, done);
}

void MemoryStore::read(const QString& key, QObject* context, Done done)
{
    const auto found = m_secrets.constFind(key);
    if (found == m_secrets.constEnd())
        later(context, done, {SecretAnswer::Outcome::NotFound, {}, {}});
    else
        later(context, done, {SecretAnswer::Outcome::Done, *found, {}});
}

void MemoryStore::write(const QString& key, const QString& secret, QObject* context, Done done)
{
    m_secrets.insert(key, secret);
    later(context, done, {SecretAnswer::Outcome::Done, {}, {}});
}

void MemoryStore::remove(const QString& key, QObject* context, Done done)
{
    const bool removed = m_secrets.remove(key) > 0;
    later(context, done, {removed ? SecretAnswer::Outcome::Done : SecretAnswer::Outcome::NotFound, {}, {}});
}

} // namespace sextant::console
