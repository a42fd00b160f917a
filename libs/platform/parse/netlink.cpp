// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/netlink.h"

#include <algorithm>
#include <iterator>

namespace sextant::platform::parse {
namespace {

using Layout = NetlinkLayout;

constexpr std::size_t aligned(std::size_t size)
{
    return (size + Layout::kAlignment - 1) / Layout::kAlignment * Layout::kAlignment;
}

template <typename T>
void put(std::vector<std::byte>& bytes, T number)
{
    const auto raw = std::as_bytes(std::span(&number, 1));
    std::ranges::copy(raw, std::back_inserter(bytes)); // insert() makes GCC 12 warn of room that it does not write to
}

} // namespace

std::optional<NetlinkAttribute> takeAttribute(RawBytes& rest)
{
    const std::size_t size = numberAt<std::uint16_t>(rest, 0);
    if (rest.size() < Layout::kAttributeHeader || size < Layout::kAttributeHeader || size > rest.size())
        return std::nullopt;
    const auto type = static_cast<std::uint16_t>(numberAt<std::uint16_t>(rest, 2) & Layout::kTypeMask);
    const NetlinkAttribute attribute{type, rest.subspan(Layout::kAttributeHeader, size - Layout::kAttributeHeader)};
    rest = rest.subspan(std::min(aligned(size), rest.size()));
    return attribute;
}

std::optional<RawBytes> attributeOf(RawBytes attributes, std::uint16_t type)
{
    while (const auto attribute = takeAttribute(attributes)) {
        if (attribute->type == type)
            return attribute->value;
    }
    return std::nullopt;
}

std::vector<std::byte> NetlinkRequest::bytes() const
{
    std::size_t size = Layout::kHeader + Layout::kGenericHeader;
    for (const NetlinkAttribute& attribute : attributes)
        size += aligned(Layout::kAttributeHeader + attribute.value.size());
    std::vector<std::byte> bytes;
    bytes.reserve(size);
    put(bytes, static_cast<std::uint32_t>(size));
    put(bytes, family);
    put(bytes, static_cast<std::uint16_t>(Layout::kRequest | (dump ? Layout::kDump : 0)));
    put(bytes, sequence);
    put(bytes, std::uint32_t{0}); // the sender: the kernel knows
    put(bytes, command);
    put(bytes, std::uint8_t{1});  // the version of the family, which none of them looks at
    put(bytes, std::uint16_t{0}); // reserved
    for (const NetlinkAttribute& attribute : attributes) {
        put(bytes, static_cast<std::uint16_t>(Layout::kAttributeHeader + attribute.value.size()));
        put(bytes, attribute.type);
        bytes.insert(bytes.end(), attribute.value.begin(), attribute.value.end());
        bytes.resize(aligned(bytes.size()));
    }
    return bytes;
}

Result<bool> NetlinkAnswer::take(RawBytes datagram)
{
    m_size += datagram.size();
    if (m_size > kNetlinkBytes)
        return fail(ErrorCode::TooLarge, "the kernel answers by more than " + std::to_string(kNetlinkBytes) + " bytes");
    while (!datagram.empty()) {
        const std::size_t size = numberAt<std::uint32_t>(datagram, 0);
        if (datagram.size() < Layout::kHeader || size < Layout::kHeader || size > datagram.size())
            return fail(ErrorCode::Malformed, "a message of the kernel is cut");
        const RawBytes message = datagram.first(size);
        datagram = datagram.subspan(std::min(aligned(size), datagram.size()));
        const auto type = numberAt<std::uint16_t>(message, 4);
        const auto flags = numberAt<std::uint16_t>(message, 6);
        if (numberAt<std::uint32_t>(message, 8) != m_sequence)
            continue;
        if (type == Layout::kOverrun)
            return fail(ErrorCode::Io, "the kernel lost a part of its answer");
        if (type == Layout::kError || type == Layout::kDone) {
            // An errno with a minus; behind the end of a list, too, when it could not be finished.
            const auto number = numberAt<std::int32_t>(message, Layout::kHeader);
            m_error = number < 0 && number > -4096 ? -number : 0;
            return true;
        }
        if (type < Layout::kFirstFamily)
            continue;
        if (size < Layout::kHeader + Layout::kGenericHeader)
            return fail(ErrorCode::Malformed, "a message of the kernel has no header");
        const RawBytes attributes = message.subspan(Layout::kHeader + Layout::kGenericHeader);
        m_messages.emplace_back(attributes.begin(), attributes.end());
        if ((flags & Layout::kMulti) == 0)
            return true;
    }
    return false;
}

} // namespace sextant::platform::parse
