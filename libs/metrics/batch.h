// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/frame.h"
#include "metrics/result.h"

#include <array>
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

/// What an agent sends at once: the frames of one or more ticks. `host` is what the sender calls itself and is only
/// informative: the server takes the host from the client certificate.
struct Batch {
    BatchId id;
    std::string host;
    std::vector<Frame> frames;

    friend bool operator==(const Batch&, const Batch&) = default;
};

} // namespace sextant::metrics
