// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/statement.h"

#include "server/storage/sql.h"

#include <QObject>
#include <QSqlDatabase>
#include <QSqlDriver>
#include <QVariant>

#include <cstddef>
#include <unordered_map>
#include <utility>

namespace sextant::server {
namespace {

/// Some statements have numbers in their text; then as many are kept as this.
constexpr std::size_t kKeptAtMost = 64;

/// The statements that a connection keeps: lives and dies with its driver.
class Keeper : public QObject {
public:
    explicit Keeper(QSqlDriver* driver) : QObject(driver) {}

    /// Null on PostgreSQL.
    static Keeper* of(const QSqlDatabase& database)
    {
        if (dialectOf(database) != Dialect::Sqlite)
            return nullptr;
        for (QObject* child : database.driver()->children()) {
            if (auto* keeper = dynamic_cast<Keeper*>(child))
                return keeper;
        }
        return new Keeper(database.driver());
    }

    std::optional<QSqlQuery> take(const QString& sql)
    {
        const auto found = m_byText.find(sql);
        if (found == m_byText.end())
            return std::nullopt;
        std::optional<QSqlQuery> query = std::move(found->second);
        m_byText.erase(found);
        return query;
    }

    void keep(QSqlQuery query)
    {
        query.finish();
        // A blob would be held on to, or point to what is gone.
        for (int i = 0; i < query.boundValues().size(); ++i)
            query.bindValue(i, QVariant());
        if (m_byText.size() >= kKeptAtMost)
            m_byText.clear();
        const QString sql = query.lastQuery();
        m_byText.insert_or_assign(sql, std::move(query));
    }

private:
    std::unordered_map<QString, QSqlQuery> m_byText;
};

} // namespace

Statement::Statement(QSqlQuery prepared, const QSqlDatabase& database)
    : QSqlQuery(std::move(prepared)), m_keeper(Keeper::of(database))
{
}

Statement::~Statement()
{
    if (m_keeper)
        static_cast<Keeper*>(m_keeper.data())->keep(std::move(*this));
}

std::optional<QSqlQuery> Statement::kept(const QSqlDatabase& database, const QString& sql)
{
    Keeper* const keeper = Keeper::of(database);
    return keeper ? keeper->take(sql) : std::nullopt;
}

} // namespace sextant::server
