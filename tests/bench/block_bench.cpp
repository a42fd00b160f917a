// SPDX-License-Identifier: GPL-3.0-or-later
// How small sealed blocks are and how fast they are made and read, on a recorded host. Prints JSON lines {"name",
// "value", "unit"}. Usage: block_bench RECORDING [--every N] [--ticks N] [--openmetrics FILE]
//
// The recording (sextant-agent record) is cut into hours of 360 batches (or --ticks) as the store makes them: a block
// per family and hour with all instances. Batches count as ticks of 10 s whatever their interval was, so that minutes
// give hours; what is left past the last whole hour is not used. --every N takes each Nth batch only: with 10, what was
// recorded each second has the steps of 10 s. A value is a cell that is not absent. With --openmetrics the same values
// are written as text for `promtool tsdb create-blocks-from openmetrics`, the peer.
#include "metrics/block.h"
#include "metrics/recording.h"
#include "open_metrics.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <vector>

using namespace sextant;
using namespace sextant::metrics;
using BenchClock = std::chrono::steady_clock;

namespace {

constexpr std::int64_t kTickMs = 10'000;
constexpr std::int64_t kBeginMs = 1'763'733'600'000; // any whole hour
constexpr int kRuns = 5;                             // the fastest counts

/// What the command line says.
struct Arguments {
    const char* recording = nullptr;
    std::size_t every = 1;
    std::size_t ticksPerHour = 360;
    const char* openMetrics = nullptr;
};

using Labels = std::vector<std::string>;

/// A frame as it was recorded, with the numbers of its instances.
struct Recorded {
    Frame frame;
    std::int64_t timeMs;
    std::vector<std::int64_t> instances;
};

/// What was recorded of one family: its instances get numbers as they come up.
struct RecordedFamily {
    const Family* family = nullptr;
    std::map<Labels, std::int64_t> numbers;
    std::vector<std::vector<Recorded>> hours;
};

struct Figures {
    std::size_t values = 0;
    std::size_t bytes = 0;
    double encodeSeconds = 0;
    double decodeSeconds = 0;
    double oneColumnSeconds = 0; ///< of all blocks, one column each
    std::size_t blocks = 0;
    double frameEncodeSeconds = 0;
    double frameAppendSeconds = 0;
    std::size_t frameBytes = 0;

    void add(const Figures& other)
    {
        values += other.values;
        bytes += other.bytes;
        encodeSeconds += other.encodeSeconds;
        decodeSeconds += other.decodeSeconds;
        oneColumnSeconds += other.oneColumnSeconds;
        blocks += other.blocks;
        frameEncodeSeconds += other.frameEncodeSeconds;
        frameAppendSeconds += other.frameAppendSeconds;
        frameBytes += other.frameBytes;
    }
};

void report(const std::string& name, double value, const char* unit)
{
    std::printf("{\"name\": \"%s\", \"value\": %.4g, \"unit\": \"%s\"}\n", name.c_str(), value, unit);
}

[[noreturn]] void giveUp(const std::string& why)
{
    std::fprintf(stderr, "block_bench: %s\n", why.c_str());
    std::exit(1);
}

/// The fastest of some runs, in seconds.
template <typename Work>
double fastest(Work work)
{
    double best = 1e9;
    for (int run = 0; run < kRuns; ++run) {
        const auto start = BenchClock::now();
        work();
        best = std::min(best, std::chrono::duration<double>(BenchClock::now() - start).count());
    }
    return best;
}

void take(RecordedFamily& into, Frame frame, std::size_t tick, std::size_t ticksPerHour)
{
    std::vector<std::int64_t> instances;
    for (std::size_t row = 0; row < frame.rowCount(); ++row) {
        const auto labels = frame.labels(row);
        const auto next = static_cast<std::int64_t>(into.numbers.size()) + 1;
        instances.push_back(into.numbers.emplace(Labels(labels.begin(), labels.end()), next).first->second);
    }
    into.hours.resize(std::max(into.hours.size(), tick / ticksPerHour + 1));
    into.hours[tick / ticksPerHour].push_back(
        {std::move(frame), kBeginMs + static_cast<std::int64_t>(tick) * kTickMs, std::move(instances)});
}

/// By the name of the family; whole hours only.
std::map<std::string, RecordedFamily> load(const Arguments& arguments)
{
    std::ifstream file(arguments.recording, std::ios::binary);
    if (const auto opened = openRecording(file); !opened)
        giveUp(std::string(arguments.recording) + ": " + opened.error().message);
    std::map<std::string, RecordedFamily> families;
    std::size_t ticks = 0;
    for (std::size_t read = 0;; ++read) {
        auto batch = readRecorded(file);
        if (!batch)
            giveUp(std::string(arguments.recording) + ": " + batch.error().message);
        if (!*batch)
            break;
        if (read % arguments.every != 0)
            continue;
        for (Frame& frame : (*batch)->frames) {
            RecordedFamily& into = families[std::string(frame.family().name)];
            into.family = &frame.family();
            take(into, std::move(frame), ticks, arguments.ticksPerHour);
        }
        ++ticks;
    }
    const std::size_t hours = ticks / arguments.ticksPerHour;
    if (hours == 0)
        giveUp("the recording has " + std::to_string(ticks) + " ticks; an hour needs " +
               std::to_string(arguments.ticksPerHour));
    for (auto& [name, family] : families)
        family.hours.resize(std::min(family.hours.size(), hours));
    report("block_recorded_hours", static_cast<double>(hours), "hours");
    return families;
}

std::size_t presentCells(const Block& block)
{
    std::size_t present = 0;
    for (const BlockColumn& column : block.columns)
        present += static_cast<std::size_t>(
            std::ranges::count_if(column.cells, [](const Value& cell) { return !cell.isAbsent(); }));
    return present;
}

/// One hour of a family the way of the store: hot rows, a block of them, sealed, read again.
Figures measure(const std::vector<Recorded>& hour)
{
    Figures figures;
    std::vector<std::string> hot(hour.size());
    figures.frameEncodeSeconds = fastest([&] {
        for (std::size_t i = 0; i < hour.size(); ++i)
            hot[i] = encodeFrameRows(hour[i].frame, hour[i].instances);
    });
    for (const std::string& rows : hot)
        figures.frameBytes += rows.size();
    Block block;
    bool good = true;
    figures.frameAppendSeconds = fastest([&] {
        block = {};
        for (std::size_t i = 0; i < hour.size(); ++i)
            good = good && appendFrameRows(hot[i], hour[i].timeMs, kTickMs, block);
    });
    sortRows(block);
    figures.values = presentCells(block);
    if (figures.values == 0)
        return {};
    Result<std::string> sealed;
    figures.encodeSeconds = fastest([&] { sealed = encodeBlock(block); });
    if (!sealed)
        giveUp(sealed.error().message);
    figures.bytes = sealed->size();
    Result<Block> again;
    figures.decodeSeconds = fastest([&] { again = decodeBlock(*sealed); });
    if (!good || !again || *again != block)
        giveUp("a block did not come back as it was");
    const std::uint32_t last = block.columns.back().number;
    figures.oneColumnSeconds = fastest([&] { again = decodeBlock(*sealed, {.columns = std::span(&last, 1)}); });
    figures.blocks = 1;
    return figures;
}

void reportSpeed(const std::string& name, const Figures& all, double seconds)
{
    report(name, seconds * 1e9 / static_cast<double>(all.values), "ns/value");
}

Arguments parse(std::span<char*> words)
{
    Arguments arguments;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        const char* const value = i + 1 < words.size() ? words[i + 1] : nullptr;
        const bool option = word == "--every" || word == "--ticks" || word == "--openmetrics";
        if (option && value != nullptr) {
            if (word == "--openmetrics")
                arguments.openMetrics = value;
            else
                (word == "--every" ? arguments.every : arguments.ticksPerHour) = std::strtoul(value, nullptr, 10);
            ++i;
        } else if (!option && arguments.recording == nullptr) {
            arguments.recording = words[i];
        } else {
            arguments.every = 0; // not understood
        }
    }
    if (arguments.recording == nullptr || arguments.every == 0 || arguments.ticksPerHour == 0)
        giveUp("usage: block_bench RECORDING [--every N] [--ticks N] [--openmetrics FILE]");
    return arguments;
}

void writeOpenMetrics(const char* path, const std::map<std::string, RecordedFamily>& families)
{
    std::ofstream to(path);
    for (const auto& [name, family] : families) {
        for (const auto& hour : family.hours) {
            for (const Recorded& recorded : hour)
                bench::writeSamples(to, "host", recorded.frame, recorded.timeMs);
        }
    }
    to << "# EOF\n";
    if (!to.flush())
        giveUp(std::string(path) + " cannot be written");
}

} // namespace

int main(int argc, char** argv)
{
    const Arguments arguments = parse(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
    const auto families = load(arguments);
    Figures all;
    for (const auto& [name, family] : families) {
        Figures ofFamily;
        for (const auto& hour : family.hours)
            ofFamily.add(measure(hour));
        if (ofFamily.values == 0)
            continue;
        report("block_values_" + name, static_cast<double>(ofFamily.values), "values");
        report("block_size_" + name, static_cast<double>(ofFamily.bytes) / static_cast<double>(ofFamily.values),
            "bytes/value");
        all.add(ofFamily);
    }
    report("block_values", static_cast<double>(all.values), "values");
    report("block_size", static_cast<double>(all.bytes) / static_cast<double>(all.values), "bytes/value");
    report("block_hot_size", static_cast<double>(all.frameBytes) / static_cast<double>(all.values), "bytes/value");
    reportSpeed("block_encode", all, all.encodeSeconds);
    reportSpeed("block_decode", all, all.decodeSeconds);
    report("block_decode_one_column", all.oneColumnSeconds * 1e6 / static_cast<double>(all.blocks), "µs/block");
    reportSpeed("block_frame_encode", all, all.frameEncodeSeconds);
    reportSpeed("block_frame_append", all, all.frameAppendSeconds);
    if (arguments.openMetrics != nullptr)
        writeOpenMetrics(arguments.openMetrics, families);
    return 0;
}
