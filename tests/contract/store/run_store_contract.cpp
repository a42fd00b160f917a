// SPDX-License-Identifier: GPL-3.0-or-later
#include "store_contract.h"
#include "store_properties.h"

#include <QTest>

namespace sextant::testing {

int runStoreContract(const StoreFixture::Factory& factory, const QStringList& arguments)
{
    StoreContract contract(factory);
    StoreProperties properties(factory);
    return QTest::qExec(&contract, arguments) + QTest::qExec(&properties, arguments);
}

} // namespace sextant::testing
