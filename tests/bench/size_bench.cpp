// SPDX-License-Identifier: GPL-3.0-or-later
// How large the server's SQLite file becomes: a recorded host is stored as a few hosts over a day, each hour sealed and
// rolled up after it, as a server does. Prints JSON lines {"name", "value", "unit"}; a value is a cell that is not
// absent. Usage: size_bench RECORDING [--every N] --openmetrics FILE
//
// The recording (sextant-agent record), of 360 batches at least, is played again and again, its batches as ticks of 10
// s whatever their interval was; counters go on growing from where the last turn left them. --every N takes each Nth
// batch only: with 10, what was recorded each second has the steps of 10 s. FILE gets the same values as text for
// `promtool tsdb create-blocks-from openmetrics`, the peer.
#include "metrics/recording.h"
#include "open_metrics.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "store/made_batches.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QTemporaryDir>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace sextant;
using namespace sextant::metrics;
using namespace sextant::server;

namespace {

constexpr std::int64_t kTickMs = 10'000;
constexpr std::size_t kTicksPerHour = kHourMs / kTickMs;
constexpr std::int64_t kDayMs = 24 * kHourMs; // a day of UTC: the peer's largest block begins and ends with it
constexpr std::int64_t kHosts = 3;

void report(const char* name, double value, const char* unit)
{
    std::printf("{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\"}\n", name, value, unit);
}

[[noreturn]] void giveUp(const std::string& why)
{
    std::fprintf(stderr, "size_bench: %s\n", why.c_str());
    std::exit(1);
}

/// A recorded host, played for as long as it is asked.
class Player {
public:
    explicit Player(std::vector<Batch> ticks) : m_ticks(std::move(ticks))
    {
        for (const Batch& tick : m_ticks) {
            for (const Frame& frame : tick.frames) {
                for (std::size_t row = 0; row < frame.rowCount(); ++row)
                    learn(frame, row);
            }
        }
    }

    /// What the host said at that tick of any number, as if it was at that time.
    [[nodiscard]] Batch at(std::size_t tick, std::int64_t timeMs, HostId host) const
    {
        Batch batch;
        batch.id = BatchId::make(timeMs, {static_cast<std::uint8_t>(host.value)});
        const auto turn = static_cast<std::int64_t>(tick / m_ticks.size());
        for (const Frame& recorded : m_ticks[tick % m_ticks.size()].frames) {
            Frame& frame = batch.frames.emplace_back(recorded.family(), timeMs, static_cast<std::uint32_t>(kTickMs));
            for (std::size_t row = 0; row < recorded.rowCount(); ++row)
                addRow(frame, recorded, row, turn);
        }
        return batch;
    }

private:
    /// A counter's readings in the recording, by its place: how much it grows in a turn.
    struct Growth {
        std::optional<std::int64_t> first;
        std::int64_t last = 0;
    };
    using Key = std::pair<std::string_view, std::vector<std::string>>; ///< family and labels

    static Key keyOf(const Frame& frame, std::size_t row)
    {
        const auto labels = frame.labels(row);
        return {frame.family().name, {labels.begin(), labels.end()}};
    }

    void learn(const Frame& frame, std::size_t row)
    {
        auto& growths = m_growths[keyOf(frame, row)];
        growths.resize(frame.family().columns.size());
        for (std::size_t i = 0; i < growths.size(); ++i) {
            const Value value = frame.at(row, i);
            if (frame.family().columns[i].kind != Kind::Counter || !value.isFixed())
                continue;
            growths[i].first = growths[i].first.value_or(value.scaled());
            growths[i].last = value.scaled();
        }
    }

    void addRow(Frame& to, const Frame& recorded, std::size_t row, std::int64_t turn) const
    {
        const Key key = keyOf(recorded, row);
        const auto& growths = m_growths.at(key);
        const std::size_t added = to.addRow(key.second);
        for (std::size_t i = 0; i < growths.size(); ++i) {
            const Value value = recorded.at(row, i);
            const std::int64_t grown = growths[i].first ? turn * (growths[i].last - *growths[i].first) : 0;
            to.setCell(added, i, value.isFixed() ? Value::fixed(value.scaled() + grown) : value);
        }
    }

    std::vector<Batch> m_ticks;
    std::map<Key, std::vector<Growth>> m_growths;
};

struct Arguments {
    std::string recording;
    std::size_t every = 1;
    std::string openMetrics;
};

Arguments parse(const QStringList& words)
{
    Arguments arguments;
    for (qsizetype i = 1; i < words.size(); ++i) {
        if (words[i] == QLatin1String("--every"))
            arguments.every = words.value(++i).toULong();
        else if (words[i] == QLatin1String("--openmetrics"))
            arguments.openMetrics = words.value(++i).toStdString();
        else if (arguments.recording.empty())
            arguments.recording = words[i].toStdString();
        else
            arguments.every = 0; // not understood
    }
    if (arguments.recording.empty() || arguments.openMetrics.empty() || arguments.every == 0)
        giveUp("usage: size_bench RECORDING [--every N] --openmetrics FILE");
    return arguments;
}

std::vector<Batch> load(const Arguments& arguments)
{
    std::ifstream file(arguments.recording, std::ios::binary);
    if (const auto opened = openRecording(file); !opened)
        giveUp(arguments.recording + ": " + opened.error().message);
    std::vector<Batch> ticks;
    for (std::size_t read = 0;; ++read) {
        auto batch = readRecorded(file);
        if (!batch)
            giveUp(arguments.recording + ": " + batch.error().message);
        if (!*batch)
            break;
        if (read % arguments.every == 0)
            ticks.push_back(std::move(**batch));
    }
    // Within an hour nothing may come twice: a block of it would be packed to next to nothing.
    if (ticks.size() < kTicksPerHour)
        giveUp(arguments.recording + " has " + std::to_string(ticks.size()) + " ticks; it takes " +
               std::to_string(kTicksPerHour));
    report("size_recorded", static_cast<double>(ticks.size()) * kTickMs / 60'000, "minutes");
    return ticks;
}

/// An hour of every host as the server takes it: stored, then sealed. Gives how many values it was.
std::size_t storeHour(
    SqlStore& store, const Player& player, std::size_t firstTick, std::int64_t hourMs, std::ostream& text)
{
    std::size_t values = 0;
    for (std::int64_t number = 1; number <= kHosts; ++number) {
        const HostId host{number};
        std::vector<Batch> batches;
        for (std::size_t tick = 0; tick < kTicksPerHour; ++tick)
            batches.push_back(player.at(firstTick + tick, hourMs + static_cast<std::int64_t>(tick) * kTickMs, host));
        std::vector<HostBatch> group;
        for (const Batch& batch : batches) {
            group.push_back({host, &batch});
            values += testing::valueCount(batch);
            for (const Frame& frame : batch.frames)
                bench::writeSamples(text, "host" + std::to_string(number), frame, frame.timeMs());
        }
        if (const auto stored = store.append(group, {}); !stored)
            giveUp(stored.error().message);
    }
    for (bool more = true; more;) {
        const auto sealed = store.seal(hourMs + kHourMs, 0);
        if (!sealed)
            giveUp(sealed.error().message);
        more = *sealed;
    }
    return values;
}

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    const Arguments arguments = parse(QCoreApplication::arguments());
    const Player player(load(arguments));
    std::ofstream text(arguments.openMetrics);

    const QTemporaryDir folder;
    DatabaseOptions options;
    options.path = folder.filePath(QStringLiteral("size.db"));
    auto database = Database::open(options);
    if (!database)
        giveUp(database.error().message);
    const auto store = makeStore(**database, systemNowMs);
    const std::int64_t dayMs = startOf(systemNowMs(), kDayMs) - kDayMs;
    std::size_t values = 0;
    for (std::int64_t hour = 0; hour < 24; ++hour)
        values +=
            storeHour(*store, player, static_cast<std::size_t>(hour) * kTicksPerHour, dayMs + hour * kHourMs, text);
    text << "# EOF\n";
    if (!text.flush())
        giveUp(arguments.openMetrics + " cannot be written");

    const auto sizes = store->sizes();
    if (!sizes)
        giveUp(sizes.error().message);
    (*database)->stop(); // the last connection folds the log into the file
    const auto perValue = [&](std::int64_t bytes) { return static_cast<double>(bytes) / static_cast<double>(values); };
    report("size_values", static_cast<double>(values), "values");
    report("size_sqlite_file", perValue(QFileInfo(options.path).size()), "bytes/value");
    report("size_raw_blocks", perValue(sizes->tiers[0].bytes), "bytes/value");
    report("size_rollups", perValue(sizes->tiers[1].bytes + sizes->tiers[2].bytes), "bytes/value");
    return 0;
}
