// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/session/certificate_pin.h"

#include <QCryptographicHash>

namespace sextant::console {
namespace {

constexpr qsizetype kFingerprintBytes = 32;
constexpr qsizetype kGroup = 4;

} // namespace

QByteArray fingerprintOf(const QSslCertificate& certificate)
{
    return certificate.digest(QCryptographicHash::Sha256);
}

QString groupedHex(const QByteArray& fingerprint)
{
    const QString hex = QString::fromLatin1(fingerprint.toHex());
    QString grouped;
    for (qsizetype start = 0; start < hex.size(); start += kGroup) {
        if (start > 0)
            grouped += QLatin1Char(' ');
        grouped += QStringView(hex).mid(start, kGroup);
    }
    return grouped;
}

std::optional<QByteArray> parseFingerprint(const QString& text)
{
    QString hex = text.trimmed().toLower();
    if (hex.startsWith(u"sha256:"))
        hex = hex.sliced(7);
    hex.remove(QLatin1Char(' ')).remove(QLatin1Char(':'));
    const QByteArray bytes = QByteArray::fromHex(hex.toLatin1());
    // fromHex skips what is no digit; only a text that was all digits comes back the same.
    if (bytes.size() != kFingerprintBytes || QString::fromLatin1(bytes.toHex()) != hex)
        return std::nullopt;
    return bytes;
}

std::optional<QSslCertificate> authorityOf(const QList<QSslCertificate>& chain)
{
    if (chain.isEmpty() || chain.constLast().isNull() || !chain.constLast().isSelfSigned())
        return std::nullopt;
    return chain.constLast();
}

PinVerdict judge(const QByteArray& pinned, const QByteArray& offered)
{
    if (pinned.isEmpty())
        return PinVerdict::FirstUse;
    return pinned == offered ? PinVerdict::Same : PinVerdict::Changed;
}

} // namespace sextant::console
