// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the contract of every store against PostgreSQL, plain and with TimescaleDB.
#include "postgres_server.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "store_contract.h"

#include <QCoreApplication>
#include <QTest>

using namespace sextant;

namespace {

class PostgresFixture final : public testing::StoreFixture {
public:
    explicit PostgresFixture(testing::PostgresDatabase::Kind kind) : m_server(kind) { open(); }
    ~PostgresFixture() override { m_store.reset(); }

    server::Store& store() override { return *m_store; }
    server::Upkeep& upkeep() override { return *m_store; }

    void restart() override
    {
        m_store.reset();
        m_database.reset();
        open();
    }

private:
    void open()
    {
        auto opened = server::Database::open({.path = {}, .postgresUrl = m_server.url()});
        const auto usable = opened ? (*opened)->state() : tl::unexpected(opened.error());
        if (!usable)
            qFatal("%s", usable.error().message.c_str());
        m_database = std::move(*opened);
        m_store = server::makeStore(*m_database, [] { return std::int64_t{1'767'225'600'000}; });
    }

    testing::PostgresDatabase m_server;
    std::unique_ptr<server::Database> m_database;
    std::unique_ptr<server::SqlStore> m_store;
};

int runContract(testing::PostgresDatabase::Kind kind, int argc, char** argv)
{
    testing::StoreContract contract([kind] { return std::make_unique<PostgresFixture>(kind); });
    contract.setObjectName(
        kind == testing::PostgresDatabase::Kind::Plain ? QStringLiteral("plain") : QStringLiteral("TimescaleDB"));
    return QTest::qExec(&contract, argc, argv);
}

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    const int plain = runContract(testing::PostgresDatabase::Kind::Plain, argc, argv);
    const int timescale = runContract(testing::PostgresDatabase::Kind::Timescale, argc, argv);
    return plain + timescale;
}
