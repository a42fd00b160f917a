// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/freebsd_wifi.h"

#include "platform/parse/freebsd_layout.h"

namespace sextant::platform::parse {

Result<bool> parseStationInfo(RawBytes bytes, WifiLink& link)
{
    using Layout = freebsd::StationLayout;
    constexpr std::uint64_t kMega = 1'000'000, kBytesPerHalfMegabit = 62'500;
    const std::size_t size = numberAt<std::uint16_t>(bytes, Layout::kLength);
    if (size < Layout::kSize || size > bytes.size())
        return fail(ErrorCode::Malformed, "what the kernel says of an access point is cut");
    if (numberAt<std::uint16_t>(bytes, Layout::kAssociation) == 0)
        return false;
    if (const std::uint64_t megahertz = numberAt<std::uint16_t>(bytes, Layout::kFrequency); megahertz > 0)
        link.frequencyHertz = megahertz * kMega;
    // The signal is told in half dB above the noise: without that, which is 0 then, nothing can be said.
    if (const auto noise = numberAt<std::int8_t>(bytes, Layout::kNoise); noise < 0) {
        link.noiseDbm = noise;
        link.signalDbm = noise + numberAt<std::int8_t>(bytes, Layout::kSignal) / 2.0;
    }
    if (const std::uint64_t rate = numberAt<std::uint16_t>(bytes, Layout::kTransmitRate); rate > 0)
        link.transmitBytesPerSecond = rate * kBytesPerHalfMegabit;
    return true;
}

} // namespace sextant::platform::parse
