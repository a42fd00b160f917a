// SPDX-License-Identifier: GPL-3.0-or-later
// What an agent (or somebody else) sends: bytes into decodeBatch(), and whatever it accepts must survive a round trip.
#include "metrics/codec.h"
#include "metrics/compression.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace sextant::metrics;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const DecodeLimits limits{64, 1'024, 50'000, 4'096};
    if (const auto decoded = decodeBatch(bytes, limits)) {
        const auto again = decodeBatch(encodeBatch(decoded->batch), limits);
        if (!again || !(again->batch == decoded->batch))
            std::abort();
    }
    if (const auto unpacked = zstdDecompress(bytes, 1'000'000); unpacked && unpacked->size() > 1'000'000)
        std::abort();
    return 0;
}
