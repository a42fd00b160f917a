// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/statement.h"

#include <QObject>
#include <QSqlDatabase>
#include <QSqlDriver>
#include <QSqlError>
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

    static Keeper* of(const QSqlDatabase& database)
    {
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

    /// How often free() was called.
    [[nodiscard]] std::uint64_t freed() const { return m_freed; }

    void free()
    {
        ++m_freed;
        m_byText.clear();
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
    std::uint64_t m_freed = 0;
};

/// Worth keeping: the same text will come again, and the statement is whole.
bool isOfUse(const QSqlQuery& query)
{
    if (query.driver()->dbmsType() != QSqlDriver::PostgreSQL)
        return true;
    return !query.lastError().isValid() && query.lastQuery().contains(u'?');
}

} // namespace

Statement::Statement(QSqlQuery prepared, const QSqlDatabase& database)
    : QSqlQuery(std::move(prepared)), m_keeper(Keeper::of(database)), m_freedBefore(Keeper::of(database)->freed())
{
}

Statement::~Statement()
{
    auto* const keeper = static_cast<Keeper*>(m_keeper.data());
    if (keeper && keeper->freed() == m_freedBefore && isOfUse(*this))
        keeper->keep(std::move(*this));
}

std::optional<QSqlQuery> Statement::kept(const QSqlDatabase& database, const QString& sql)
{
    return Keeper::of(database)->take(sql);
}

void Statement::freeKept(const QSqlDatabase& database)
{
    Keeper::of(database)->free();
}

} // namespace sextant::server
