// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/storage/clock.h"
#include "server/storage/database.h"
#include "server/storage/store.h"
#include "server/storage/upkeep.h"

#include <QObject>
#include <QStringList>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

namespace sextant::testing {

/// A store under test and what it stands on. Its clock says `nowMs`.
class StoreFixture {
public:
    using Factory = std::function<std::unique_ptr<StoreFixture>()>;
    static constexpr std::int64_t kStartMs = 1'767'225'600'000; ///< 2026-01-01 00:00 UTC

    virtual ~StoreFixture() = default;
    [[nodiscard]] virtual server::Store& store() = 0;
    [[nodiscard]] virtual server::Upkeep& upkeep() = 0;
    [[nodiscard]] virtual server::Database& database() = 0;
    /// Closes the store and opens it again on the same data, as a restart of the server does.
    virtual void restart() = 0;

    std::atomic<std::int64_t> nowMs{kStartMs};
};

/// What every backend has to do. A backend's program hands in how to make an empty store; every test gets a new one.
class StoreContract : public QObject {
    Q_OBJECT

public:
    explicit StoreContract(StoreFixture::Factory factory) : m_factory(std::move(factory)) {}

private slots:
    void init();
    void cleanup();

    void givesBackEveryCellOfEveryFamily();
    void keepsExtremeValuesExactly();
    void storesABatchOnceHoweverOftenItComes();
    void storesABatchOnceWithinOneGroup();
    void storesABatchOnceAcrossARestart();
    void tellsTheSameIdOfTwoHostsApart();
    void keepsTheFirstRowOfAnInstanceAndTime();
    void boundsAScanByTimeAndHost();
    void givesThePreviousRowsThatACounterNeeds();
    void stopsWhenTheVisitorSaysNo();
    void keepsInstancesApartAndAcrossARestart();
    void leavesOutInstancesPastTheLimit();
    void keepsHostStates();
    void readsWhileItWrites();
    void sealingChangesNothingThatAScanGives();
    void lateRowsAreSealedAgain();
    void anHourIsSealedAgainWhenItIsQuiet();
    void readsOneMomentWhileHoursAreSealedAndExpire();

private:
    [[nodiscard]] server::Store& store() { return m_fixture->store(); }

    StoreFixture::Factory m_factory;
    std::unique_ptr<StoreFixture> m_fixture;
};

/// Runs all that a store has to pass, for the main() of a backend; gives its exit status.
[[nodiscard]] int runStoreContract(const StoreFixture::Factory& factory, const QStringList& arguments);

} // namespace sextant::testing
