// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/collector.h"
#include "agent-service/collect/said_once.h"
#include "platform/background.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sextant::agent {

/// A document as a reader gave it: JSON.
struct DocumentText {
    std::string json;
    std::vector<std::string> warnings;
};

/// One of the documents that change seldom (what is installed, which services there are), read once in `interval` and
/// sent when it is not what was sent last, and once a day in any case, so that the server has one however short a time
/// it keeps them.
///
/// A reading may take as long as a program of the system that it asks. So it runs on a thread of its own, started by
/// one tick; a later tick takes what it gave. One that has not come back after kPatience fails at each tick until it
/// does, and no other is started meanwhile. Nobody waits for it at the end: the thread keeps alive what it needs, and
/// `read` has to do the same.
class DocumentCollector final : public Collector {
public:
    using Read = std::function<Result<DocumentText>()>;

    static constexpr std::chrono::minutes kPatience{10};
    static constexpr std::chrono::hours kAtLeast{24};
    static constexpr std::size_t kLimit = std::size_t{1} << 20; ///< bytes; a larger one fails, TooLarge

    /// `firstAfter`: how long after the first tick the first reading begins. For what costs much: an agent that is
    /// started again and again shall not read it each time.
    DocumentCollector(
        std::string kind, std::chrono::milliseconds interval, Read read, std::chrono::milliseconds firstAfter = {});

    [[nodiscard]] std::string_view name() const override { return m_kind; }
    [[nodiscard]] Result<Collected> collect(const Tick& tick) override;

private:
    [[nodiscard]] bool mayBegin(std::int64_t timeMs);
    [[nodiscard]] Result<void> start(std::int64_t timeMs);
    [[nodiscard]] Result<Collected> finish(Result<DocumentText> given, std::int64_t timeMs);

    std::string m_kind;
    std::chrono::milliseconds m_interval;
    Read m_read;
    std::chrono::milliseconds m_firstAfter;
    std::optional<std::int64_t> m_firstTickMs;
    platform::Background<Result<DocumentText>> m_reading;
    std::chrono::steady_clock::time_point m_started; ///< of the reading under way, or the last
    std::optional<std::int64_t> m_readMs;            ///< the tick that started it
    std::optional<std::int64_t> m_sentMs;
    SaidOnce m_warnings;
    std::size_t m_sent = 0; ///< hash of what was sent last: the text itself may have a megabyte
};

} // namespace sextant::agent
