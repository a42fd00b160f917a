// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/postgres/views.h"

#include "server/storage/postgres/wide_tables.h"
#include "server/storage/sql.h"

#include <QSqlDatabase>
#include <QStringList>

#include <algorithm>
#include <vector>

namespace sextant::server {
namespace {

QString text(std::string_view view)
{
    return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

QString quoted(const QString& name)
{
    return u'"' + name + u'"';
}

/// The column in the unit that people read.
QString inUnits(const metrics::Column& column)
{
    const QString stored = QStringLiteral("m.") + quoted(text(column.name));
    if (column.unit == metrics::Unit::Boolean)
        return stored + QStringLiteral(" <> 0");
    if (column.scale > 0)
        return stored + QStringLiteral(" / %1::float8").arg(metrics::scaleFactor(column));
    return stored;
}

QString comment(const QString& what, const QString& help)
{
    return QStringLiteral("COMMENT ON %1 IS '%2'").arg(what, QString(help).replace(u'\'', QStringLiteral("''")));
}

} // namespace

QString viewOf(const metrics::Family& family)
{
    const QString view = QStringLiteral("sextant.") + quoted(text(family.name));
    std::vector<metrics::Column> byNumber(family.columns.begin(), family.columns.end());
    std::ranges::sort(byNumber, {}, &metrics::Column::number);
    QStringList columns{QStringLiteral("h.name AS host"), QStringLiteral("m.time")};
    for (const std::string_view label : family.labels)
        columns.push_back(QStringLiteral("i.labels::jsonb ->> '%1' AS %2").arg(text(label), quoted(text(label))));
    for (const metrics::Column& column : byNumber)
        columns.push_back(inUnits(column) + QStringLiteral(" AS ") + quoted(text(column.name)));
    QStringList statements{
        QStringLiteral("CREATE OR REPLACE VIEW %1 AS SELECT %2 FROM %3 AS m LEFT JOIN hosts AS h ON h.id = m.host_id%4")
            .arg(view, columns.join(QStringLiteral(", ")), wideTable(family),
                family.labels.empty() ? QString()
                                      : QStringLiteral(" LEFT JOIN instances AS i ON i.id = m.instance_id")),
        comment(QStringLiteral("VIEW ") + view, text(family.help))};
    for (const metrics::Column& column : byNumber)
        statements.push_back(
            comment(QStringLiteral("COLUMN %1.%2").arg(view, quoted(text(column.name))), text(column.help)));
    return statements.join(QStringLiteral("; "));
}

Result<void> prepareViews(QSqlDatabase& database)
{
    for (const metrics::Family& family : metrics::families()) {
        if (auto made = execute(database, viewOf(family)); !made)
            return made;
    }
    return {};
}

} // namespace sextant::server
