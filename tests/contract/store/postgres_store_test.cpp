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
        server::DatabaseOptions options;
        options.postgresUrl = m_server.url();
        auto opened = server::Database::open(options);
        const auto usable = opened ? (*opened)->state() : tl::unexpected(opened.error());
        if (!usable)
            qFatal("%s", usable.error().message.c_str());
        m_database = std::move(*opened);
        m_store = server::makeStore(*m_database, [this] { return nowMs.load(); });
    }

    testing::PostgresDatabase m_server;
    std::unique_ptr<server::Database> m_database;
    std::unique_ptr<server::SqlStore> m_store;
};

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    testing::StoreContract onTimescale(
        [] { return std::make_unique<PostgresFixture>(testing::PostgresDatabase::Kind::Timescale); });
    // The properties run once: beyond how days are kept apart the two are the same.
    return testing::runStoreContract(
               [] { return std::make_unique<PostgresFixture>(testing::PostgresDatabase::Kind::Plain); },
               QCoreApplication::arguments()) +
           QTest::qExec(&onTimescale, QCoreApplication::arguments());
}
