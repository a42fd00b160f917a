// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>

namespace sextant::test {

class HttpsClient;

/// What host 1 holds of one series of its family `custom`, from a minute before that time to two after it, asked for
/// with an API key that may read. `labels` as the store writes them: `a="x",b="y"`.
[[nodiscard]] QList<double> customValues(
    HttpsClient& client, const QByteArray& key, const QByteArray& name, const QByteArray& labels, qint64 aroundMs);

} // namespace sextant::test
