// SPDX-License-Identifier: GPL-3.0-or-later
// What programs of other systems push: the first byte picks the shape, the rest is the body.
#include "server/receivers/golectra.h"
#include "server/receivers/metricsd.h"
#include "server/receivers/miniobserv.h"
#include "server/receivers/otlp.h"
#include "server/receivers/series_bytes.h"
#include "server/receivers/spectra.h"
#include "server/receivers/tinyobs.h"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace sextant;
using namespace sextant::server;

const Writer kWriter{HostId{1}};
constexpr std::int64_t kNowMs = 1'767'225'600'000;

Result<Intake> readOtlp(const std::string& body, bool isJson)
{
    RunningTotals totals{[] { return kNowMs; }};
    RequestDeltas deltas(totals, kWriter);
    OtlpSeries series(deltas);
    const auto read = isJson ? readOtlpJson(body, series) : readOtlpProtobuf(body, series);
    if (!read)
        return tl::unexpected<Error>(read.error());
    return series.finish();
}

Result<Intake> applyGolectra(const std::string& body, bool isList)
{
    auto update = readGolectra(body, isList);
    if (!update)
        return tl::unexpected<Error>(update.error());
    GolectraValues values;
    return values.apply(kWriter, *update, kNowMs);
}

Result<Intake> readAny(int shape, const std::string& body)
{
    RunningTotals totals{[] { return kNowMs; }};
    RequestDeltas deltas(totals, kWriter);
    switch (shape) {
    case 'p':
        return readOtlp(body, false);
    case 'j':
        return readOtlp(body, true);
    case 'm':
        return readMiniObserv(body);
    case 't':
        return readTinyObs(body, kTinyObsItems, kNowMs, deltas);
    case 'g':
        return applyGolectra(body, true);
    case 'd':
        return readMetricsd(body);
    case 's':
        return readSpectra(body);
    default:
        return applyGolectra(body, false);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const auto intake = readAny(data[0], std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
    if (!intake)
        return 0;
    std::size_t bytes = 0;
    for (const SampleSeries& series : intake->series) {
        if (series.samples.empty())
            std::abort();
        bytes += memoryOf(series);
    }
    if (bytes > kMaxSeriesBytes || intake->received.items.size() > Received::kListed)
        std::abort();
    return 0;
}
