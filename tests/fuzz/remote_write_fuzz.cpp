// SPDX-License-Identifier: GPL-3.0-or-later
// Remote write requests, unpacked: whatever the bytes, what is read stays within its limits.
#include "server/receivers/remote_write.h"

#include <cstdint>
#include <cstdlib>

using namespace sextant;
using namespace sextant::server;

namespace {

void read(std::string_view message, metrics::RemoteWriteVersion version)
{
    const auto intake = readRemoteWrite(message, version);
    if (!intake)
        return;
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
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view message(reinterpret_cast<const char*>(data), size);
    read(message, metrics::RemoteWriteVersion::One);
    read(message, metrics::RemoteWriteVersion::Two);
    return 0;
}
