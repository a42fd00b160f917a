// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/frame.h"
#include "metrics/labels.h"
#include "metrics/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::metrics {

/// A UUID version 7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then random bits. Sorts by time of making.
class BatchId {
public:
    using Bytes = std::array<std::uint8_t, 16>;

    constexpr BatchId() = default;
    constexpr explicit BatchId(const Bytes& bytes) : m_bytes(bytes) {}

    /// Makes an id from a time and ten random bytes; the caller brings both (libraries have no clock and no dice).
    [[nodiscard]] static BatchId make(std::int64_t unixMs, const std::array<std::uint8_t, 10>& random);
    /// Reads "01890a5d-ac96-774b-bcce-b302099a8057". Malformed when it is not of that shape.
    [[nodiscard]] static Result<BatchId> parse(std::string_view text);

    [[nodiscard]] const Bytes& bytes() const { return m_bytes; }
    [[nodiscard]] std::string toString() const;

    friend constexpr auto operator<=>(const BatchId&, const BatchId&) = default;

private:
    Bytes m_bytes{};
};

/// Why there are no samples of a stretch of time, as the agent knows it. The numbers are part of the wire.
enum class GapCause : std::uint8_t {
    HostOff = 1,        ///< the machine was down: another boot since
    AgentStopped = 2,   ///< the same boot, but no agent ran; `detail` says how the last one ended
    Suspended = 3,      ///< the machine slept
    SpoolOverflow = 4,  ///< samples were made, and dropped for want of room before they could be delivered
    CollectorError = 5, ///< one family could not be read; `detail` begins with its name
    NetworkOut = 6, ///< the server could not be reached; the samples came later, or SpoolOverflow says which did not
    ServerAway = 7, ///< the server was reached and could not take them (5xx, 429); as NetworkOut otherwise
    ClockJump = 8,  ///< the wall clock was set: that time did not pass, or passed twice
};

constexpr std::size_t kMaxGapDetail = 512; ///< bytes of a gap report's detail

/// One such stretch: Unix milliseconds, `toMs` not included. `detail` is for people, one line, may be empty.
struct GapReport {
    GapCause cause = GapCause::AgentStopped;
    std::int64_t fromMs = 0;
    std::int64_t toMs = 0;
    std::string detail;

    friend bool operator==(const GapReport&, const GapReport&) = default;
};

constexpr std::size_t kMaxDocumentKind = 64; ///< bytes of a document's kind

/// A thing of the host that is no number, as it was at one time, such as the list of its processes: JSON. The server
/// keeps the history of each kind. `kind` is a word of a-z, 0-9 and _.
struct Document {
    std::string kind;
    std::int64_t timeMs = 0; ///< Unix time
    std::string text;

    friend bool operator==(const Document&, const Document&) = default;
};

/// What an agent sends at once: the frames of one or more ticks. `host` is what the sender calls itself and is only
/// informative: the server takes the host from the client certificate. `sequence` counts the batches that this identity
/// made, from 1, without a hole even over restarts (0: the sender does not count); a number that never comes was lost.
struct Batch {
    BatchId id;
    std::string host;
    std::vector<Frame> frames;
    std::uint64_t sequence = 0;
    std::vector<GapReport> gaps{}; ///< learnt since the batch before
    std::vector<Document> documents{};
    Labels tags{}; ///< of the host as it sends, each as checkTag() has it

    friend bool operator==(const Batch&, const Batch&) = default;
};

} // namespace sextant::metrics
