// SPDX-License-Identifier: GPL-3.0-or-later
// Remote write requests, unpacked: whatever the bytes, what is read stays within its limits.
#include "server/receivers/remote_write.h"

#include <cstdint>
#include <cstdlib>

using namespace sextant;
using namespace sextant::server;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto intake = readRemoteWrite({reinterpret_cast<const char*>(data), size});
    if (!intake)
        return 0;
    std::size_t samples = 0;
    for (const SampleSeries& series : intake->series) {
        samples += series.samples.size();
        for (std::size_t i = 1; i < series.labels.size(); ++i) {
            if (series.labels[i - 1].name >= series.labels[i].name)
                std::abort();
        }
    }
    if (samples > SampleSink::kMaxSamples)
        std::abort();
    return 0;
}
