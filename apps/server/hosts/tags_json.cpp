// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/hosts/tags_json.h"

namespace sextant::server {

QJsonObject tagsToJson(const metrics::Labels& tags)
{
    QJsonObject json;
    for (const metrics::Label& tag : tags)
        json.insert(QString::fromStdString(tag.name), QString::fromStdString(tag.value));
    return json;
}

metrics::Labels tagsFromJson(const QJsonObject& json)
{
    metrics::Labels tags;
    for (auto tag = json.begin(); tag != json.end(); ++tag) // in order of their names
        tags.push_back({tag.key().toStdString(), tag.value().toString().toStdString()});
    return tags;
}

} // namespace sextant::server
