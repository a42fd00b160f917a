// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "store_contract.h"

#include <QObject>

#include <memory>
#include <utility>

namespace sextant::testing {

/// What every backend has to do when samples are older than they may be, or when there is no room for them. Runs beside
/// StoreContract on every backend.
class StoreRemoval : public QObject {
    Q_OBJECT

public:
    explicit StoreRemoval(StoreFixture::Factory factory) : m_factory(std::move(factory)) {}

private slots:
    void init();
    void cleanup();

    void sizesAreThoseOfWhatIsHeld();
    void expiresWholeBlocks();
    void removesABlockWithAllOfItsParts();
    void evictsTheOldestAndKeepsAccepting();
    void evictsWhileItIsReadAndWrittenTo();

private:
    [[nodiscard]] server::Store& store() { return m_fixture->store(); }

    StoreFixture::Factory m_factory;
    std::unique_ptr<StoreFixture> m_fixture;
};

} // namespace sextant::testing
