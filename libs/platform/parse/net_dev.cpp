// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/net_dev.h"

#include "platform/parse/fields.h"

#include <array>
#include <optional>

namespace sextant::platform::parse {
namespace {

/// Receive: bytes packets errs drop fifo frame compressed multicast; transmit: bytes packets errs drop fifo colls
/// carrier compressed.
std::optional<NetworkInterface> parseInterface(std::string_view line)
{
    const std::size_t colon = line.rfind(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    NetworkInterface result;
    result.name = trimmed(line.substr(0, colon));
    line.remove_prefix(colon + 1);
    std::array<std::uint64_t, 16> counts{};
    for (std::uint64_t& count : counts) {
        const auto value = takeUnsigned(line);
        if (!value)
            return std::nullopt;
        count = *value;
    }
    if (result.name.empty())
        return std::nullopt;
    result.receiveBytes = counts[0];
    result.receivePackets = counts[1];
    result.receiveErrors = counts[2];
    result.receiveDrops = counts[3];
    result.transmitBytes = counts[8];
    result.transmitPackets = counts[9];
    result.transmitErrors = counts[10];
    result.transmitDrops = counts[11];
    return result;
}

} // namespace

Result<NetDev> parseNetDev(std::string_view text)
{
    std::string_view line;
    if (!takeLine(text, line) || line.find('|') == std::string_view::npos || !takeLine(text, line) ||
        line.find("|bytes") == std::string_view::npos)
        return fail(ErrorCode::Malformed, "/proc/net/dev does not begin with its two title lines");
    NetDev result;
    while (takeLine(text, line)) {
        if (auto interface = parseInterface(line))
            result.interfaces.push_back(std::move(*interface));
        else
            ++result.broken;
    }
    return result;
}

} // namespace sextant::platform::parse
