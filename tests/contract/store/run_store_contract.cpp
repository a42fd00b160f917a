// SPDX-License-Identifier: GPL-3.0-or-later
#include "store_contract.h"
#include "store_properties.h"
#include "store_removal.h"
#include "store_snapshots.h"

#include <QTest>

namespace sextant::testing {

int runStoreContract(const StoreFixture::Factory& factory, const QStringList& arguments)
{
    StoreContract contract(factory);
    StoreRemoval removal(factory);
    StoreSnapshots snapshots(factory);
    StoreProperties properties(factory);
    return QTest::qExec(&contract, arguments) + QTest::qExec(&removal, arguments) +
           QTest::qExec(&snapshots, arguments) + QTest::qExec(&properties, arguments);
}

} // namespace sextant::testing
