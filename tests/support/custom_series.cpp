// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/custom_series.h"

#include "support/https_client.h"

#include <QJsonArray>
#include <QJsonObject>

namespace sextant::test {

QList<double> customValues(
    HttpsClient& client, const QByteArray& key, const QByteArray& name, const QByteArray& labels, qint64 aroundMs)
{
    const Answer answer = client.request("GET",
        "/api/v1/hosts/1/series?family=custom&agg=last&step=1000&from=" + QByteArray::number(aroundMs - 60'000) +
            "&to=" + QByteArray::number(aroundMs + 120'000),
        {}, {{"Authorization", "Bearer " + key}});
    QList<double> values;
    for (const QJsonValue& instance : answer.json().value(QStringLiteral("instances")).toArray()) {
        if (instance[u"labels"][u"name"].toString().toUtf8() != name ||
            instance[u"labels"][u"labels"].toString().toUtf8() != labels)
            continue;
        for (const QJsonValue& value : instance[u"columns"][u"value"][u"last"].toArray()) {
            if (!value.isNull())
                values.append(value.toDouble());
        }
    }
    return values;
}

} // namespace sextant::test
