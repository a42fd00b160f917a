// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the contract of every store against the SQLite backend.
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "store_contract.h"

#include <QCoreApplication>
#include <QTemporaryDir>
#include <QTest>

using namespace sextant;

namespace {

class SqliteFixture final : public testing::StoreFixture {
public:
    SqliteFixture() { open(); }

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
        auto opened = server::Database::open({.path = m_folder.filePath(QStringLiteral("test.db"))});
        if (!opened)
            qFatal("%s", opened.error().message.c_str());
        m_database = std::move(*opened);
        m_store = server::makeStore(*m_database, [this] { return nowMs.load(); });
    }

    QTemporaryDir m_folder;
    std::unique_ptr<server::Database> m_database;
    std::unique_ptr<server::SqlStore> m_store;
};

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    return testing::runStoreContract([] { return std::make_unique<SqliteFixture>(); }, QCoreApplication::arguments());
}
