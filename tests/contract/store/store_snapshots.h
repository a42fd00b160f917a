// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/storage/snapshots.h"
#include "store_contract.h"

#include <QObject>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sextant::testing {

/// What every backend has to do with documents: readable as of any past instant, whatever came in which order and
/// whatever expired. Runs beside StoreContract on every backend.
class StoreSnapshots : public QObject {
    Q_OBJECT

public:
    explicit StoreSnapshots(StoreFixture::Factory factory) : m_factory(std::move(factory)) {}

private slots:
    void init();
    void cleanup();
    void readsWhatWasTrueThen();
    void readsTheSameAfterARestart();
    void keepsTheFirstOfATime();
    void tellsHistoriesApart();
    void storesWhatChanged();
    void boundsTheChain();
    void readsAnyInstantInAnyOrderOfPut();
    void listsARange();
    void expiresWholeChains();
    void takesTheLargestDocument();
    void refusesWhatIsTooLarge();
    void saysThatAChainIsBroken();

private:
    [[nodiscard]] qint64 number(const QString& sql);
    [[nodiscard]] bool put(std::int64_t minute, const std::string& document, const char* kind = "processes",
        server::HostId host = server::HostId{7});
    [[nodiscard]] std::string read(
        std::int64_t minute, const char* kind = "processes", server::HostId host = server::HostId{7});

    StoreFixture::Factory m_factory;
    std::unique_ptr<StoreFixture> m_fixture;
    std::optional<server::Snapshots> m_snapshots;
};

} // namespace sextant::testing
