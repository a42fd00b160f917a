// SPDX-License-Identifier: GPL-3.0-or-later
// Documents as deltas against another one, and recordings of hosts: bytes from a store or a file that may be damaged.
#include "fuzz/bytes.h"
#include "metrics/compression.h"
#include "metrics/recording.h"

#include <cstdlib>
#include <sstream>

using namespace sextant;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz::Bytes bytes(data, size);
    const std::string base = bytes.text(255);
    const std::string_view rest = bytes.rest();
    if (const auto document = metrics::zstdDecompressDelta(rest, base);
        document && document->size() > metrics::kDeltaBytes)
        std::abort();
    const auto delta = metrics::zstdCompressDelta(rest, base);
    if (!delta || metrics::zstdDecompressDelta(*delta, base) != std::string(rest))
        std::abort();

    std::istringstream file(std::string(reinterpret_cast<const char*>(data), size));
    if (!metrics::openRecording(file))
        return 0;
    std::ostringstream again;
    if (!metrics::beginRecording(again))
        std::abort();
    for (auto batch = metrics::readRecorded(file); batch && *batch; batch = metrics::readRecorded(file)) {
        if (!metrics::recordBatch(again, **batch))
            std::abort();
    }
    return 0;
}
