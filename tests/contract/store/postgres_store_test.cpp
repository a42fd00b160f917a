// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the contract of every store against PostgreSQL: plain (no argument), with TimescaleDB ("timescale"), or that
// part which stores rows where Qt does not show libpq's connection ("arrays").
#include "postgres_server.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "server/storage/postgres/connection.h"
#include "store_contract.h"

#include <QCoreApplication>
#include <QTest>

using namespace sextant;

namespace {

/// A database with the schema of a new server, for fixtures to begin with a copy of: making it takes longer.
class NewDatabase {
public:
    NewDatabase(testing::PostgresDatabase::Kind kind, bool hidesHandle) : m_server(kind), m_hidesHandle(hidesHandle)
    {
        static_cast<void>(open(m_server));
        // TimescaleDB's scheduler would come back, and what is in use cannot be copied.
        m_server.allowConnections(false);
        m_server.disconnectAll();
    }

    [[nodiscard]] testing::PostgresDatabase copy() const { return testing::PostgresDatabase(&m_server); }

    [[nodiscard]] std::unique_ptr<server::Database> open(const testing::PostgresDatabase& server) const
    {
        server::DatabaseOptions options;
        options.postgresUrl = server.url();
        options.hidesHandle = m_hidesHandle;
        auto opened = server::Database::open(options);
        auto usable = opened ? (*opened)->state() : tl::unexpected(opened.error());
        if (usable)
            usable = (*opened)->write([this](QSqlDatabase& writer) -> Result<void> {
                const bool isHidden = server::libpqHandle(writer) == nullptr;
                return isHidden == m_hidesHandle ? Result<void>() : fail(ErrorCode::Internal, "libpq's handle");
            });
        if (!usable)
            qFatal("%s", usable.error().message.c_str());
        return std::move(*opened);
    }

private:
    testing::PostgresDatabase m_server;
    const bool m_hidesHandle;
};

class PostgresFixture final : public testing::StoreFixture {
public:
    explicit PostgresFixture(const NewDatabase& original) : m_original(original), m_server(original.copy()) { open(); }
    ~PostgresFixture() override { m_store.reset(); }

    server::Store& store() override { return *m_store; }
    server::Upkeep& upkeep() override { return *m_store; }
    server::Database& database() override { return *m_database; }

    void restart() override
    {
        m_store.reset();
        m_database.reset();
        open();
    }

private:
    void open()
    {
        m_database = m_original.open(m_server);
        m_store = server::makeStore(*m_database, [this] { return nowMs.load(); });
    }

    const NewDatabase& m_original;
    testing::PostgresDatabase m_server;
    std::unique_ptr<server::Database> m_database;
    std::unique_ptr<server::SqlStore> m_store;
};

} // namespace

int main(int argc, char** argv)
{
    using Kind = testing::PostgresDatabase::Kind;
    const QCoreApplication application(argc, argv);
    QStringList arguments = QCoreApplication::arguments();
    const bool byArrays = arguments.removeAll(QStringLiteral("arrays")) > 0;
    const Kind kind = arguments.removeAll(QStringLiteral("timescale")) > 0 ? Kind::Timescale : Kind::Plain;
    const NewDatabase original(kind, byArrays);
    const auto factory = [&original] { return std::make_unique<PostgresFixture>(original); };
    if (!byArrays)
        return testing::runStoreContract(factory, arguments);
    testing::StoreContract contract(factory);
    return QTest::qExec(&contract, arguments);
}
