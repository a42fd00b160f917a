// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/parse/raw_bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

/// Messages of Linux' generic netlink: netlink(7), <linux/netlink.h> and <linux/genetlink.h>, which
/// linux/nl80211_links.cpp holds these numbers against. All numbers have the byte order of the machine.
namespace sextant::platform::parse {

/// The most that is taken together of one answer: what is asked here gives some KiB.
inline constexpr std::size_t kNetlinkBytes = std::size_t{1} << 20;

struct NetlinkLayout {
    static constexpr std::size_t kHeader = 16, kGenericHeader = 4, kAttributeHeader = 4, kAlignment = 4;
    static constexpr std::uint16_t kError = 2, kDone = 3, kOverrun = 4, kFirstFamily = 16; ///< types of messages
    static constexpr std::uint16_t kRequest = 0x1, kMulti = 0x2, kDump = 0x300;            ///< flags of messages
    static constexpr std::uint16_t kTypeMask = 0x3fff; ///< the rest of an attribute's type are flags
    static constexpr std::uint16_t kController = 16;   ///< the family that names the others
    static constexpr std::uint8_t kGetFamily = 3;      ///< its command, and its attributes
    static constexpr std::uint16_t kFamilyId = 1, kFamilyName = 2;
};

struct NetlinkAttribute {
    std::uint16_t type = 0;
    RawBytes value;
};

/// Takes the next attribute off the front of `rest`. Nothing at the end, and where an attribute says that it is longer
/// than what is there or shorter than its own header: what follows cannot be told then.
[[nodiscard]] std::optional<NetlinkAttribute> takeAttribute(RawBytes& rest);

/// The value of the first attribute of that type.
[[nodiscard]] std::optional<RawBytes> attributeOf(RawBytes attributes, std::uint16_t type);

/// The same as a number; nothing when it is of another size.
template <typename T>
[[nodiscard]] std::optional<T> numberOf(RawBytes attributes, std::uint16_t type)
{
    const auto value = attributeOf(attributes, type);
    return value && value->size() == sizeof(T) ? std::optional(numberAt<T>(*value, 0)) : std::nullopt;
}

/// A request, to be sent as one datagram.
struct NetlinkRequest {
    std::uint16_t family = 0;
    std::uint8_t command = 0;
    bool dump = false; ///< all there are, not one
    std::uint32_t sequence = 0;
    std::vector<NetlinkAttribute> attributes{}; ///< values of at most 64 KiB less their headers

    [[nodiscard]] std::vector<std::byte> bytes() const;
};

/// What came back for a request, put together datagram by datagram. A plain value.
class NetlinkAnswer {
public:
    explicit NetlinkAnswer(std::uint32_t sequence) : m_sequence(sequence) {}

    /// Takes a datagram; true: it was the last one. Messages for other requests are passed over. Malformed when a
    /// message is longer than the datagram or shorter than its headers, TooLarge past kNetlinkBytes in all.
    [[nodiscard]] Result<bool> take(RawBytes datagram);

    /// The kernel's errno when it refused; 0 when it did not.
    [[nodiscard]] int error() const { return m_error; }
    /// The attributes of each message, in order.
    [[nodiscard]] const std::vector<std::vector<std::byte>>& messages() const { return m_messages; }

private:
    std::uint32_t m_sequence;
    int m_error = 0;
    std::size_t m_size = 0;
    std::vector<std::vector<std::byte>> m_messages;
};

} // namespace sextant::platform::parse
