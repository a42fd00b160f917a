// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "store_contract.h"
#include "store_model.h"

#include <QObject>

#include <array>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace sextant::testing {

/// Whatever came, in whatever order it was sealed, rolled up and removed, whatever is asked: the answer is that of a
/// plain model (store_model.h). Runs beside StoreContract on every backend, with two random histories of each kind, or
/// with SEXTANT_SEEDS of them, made from the numbers SEXTANT_FIRST_SEED and so on.
class StoreProperties : public QObject {
    Q_OBJECT

public:
    explicit StoreProperties(StoreFixture::Factory factory) : m_factory(std::move(factory)) {}

private slots:
    void init();
    void cleanup();
    void agreesWithThePlainModel_data();
    void agreesWithThePlainModel();
    void agreesWithThePlainModelWhileSamplesGo_data();
    void agreesWithThePlainModelWhileSamplesGo();
    void cleanupTestCase();

private:
    /// A batch that was sent, to be sent again.
    struct Sent {
        server::HostId host;
        metrics::Batch batch;
    };
    using Steps = std::array<int, 8>; ///< how often each kind of step comes, in the order of step()

    std::int64_t pick(std::int64_t count)
    {
        return static_cast<std::int64_t>(m_random() % static_cast<std::uint64_t>(count));
    }
    template <typename Choices>
    const auto& oneOf(const Choices& choices)
    {
        return choices[static_cast<std::size_t>(pick(static_cast<std::int64_t>(choices.size())))];
    }
    [[nodiscard]] server::Store& store() { return m_fixture->store(); }

    metrics::Value cell(const metrics::Column& column, std::int64_t& counter);
    metrics::Frame frame(server::HostId host, const metrics::Family& family, std::int64_t timeMs);
    std::vector<metrics::Frame> frames(server::HostId host, std::int64_t fromMs, std::int64_t toMs);
    std::string send(server::HostId host, std::vector<metrics::Frame> frames);
    std::string sendLive();
    std::string sendLate();
    std::string sendAgain();
    std::string seal();
    std::string expire();
    std::string evict();
    std::string sendTooLate();
    std::string step(const Steps& steps);
    std::string rounds(const Steps& steps);
    std::string ask();
    std::string askRaw();
    std::string checkTiers();
    /// Before that time samples of the family may be left only in coarser tiers than this one.
    [[nodiscard]] std::int64_t goneBefore(const metrics::Family& family, server::Tier tier) const;

    [[nodiscard]] std::int64_t earliestTaken() const;

    StoreFixture::Factory m_factory;
    std::unique_ptr<StoreFixture> m_fixture;
    std::mt19937_64 m_random;
    StoreModel m_model;
    std::vector<Sent> m_sent;
    std::map<std::int64_t, std::int64_t> m_liveMs; ///< by host: up to where it has sent
    std::map<std::tuple<std::int64_t, const metrics::Family*, int>, std::vector<std::int64_t>> m_counters;
    std::map<std::pair<const metrics::Family*, server::Tier>, std::int64_t> m_goneBeforeMs;
    // Of all histories.
    int m_histories = 0;
    int m_removing = 0; ///< in which samples are removed
    int m_questions = 0;
    int m_tierReads = 0;
    std::size_t m_removed = 0; ///< blocks
};

} // namespace sextant::testing
