// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/transfer.h"

#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "server/storage/sql.h"
#include "server/storage/table_copy.h"
#include "server/storage/tier.h"

#include <QVariant>

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <utility>

namespace sextant::server {
namespace {

/// Replaced as wholes: small, and any of their rows may change. What others refer to comes first.
const QStringList kSmallTables{QStringLiteral("hosts"), QStringLiteral("hosts_version"), QStringLiteral("host_state"),
    QStringLiteral("users"), QStringLiteral("sessions"), QStringLiteral("enrolment_tokens"), QStringLiteral("api_keys"),
    QStringLiteral("delivered"), QStringLiteral("gap_reports"), QStringLiteral("block_sizes"),
    QStringLiteral("blocks_gone")};
/// Tables that number their rows themselves.
const QStringList kNumberedTables{QStringLiteral("hosts"), QStringLiteral("instances"), QStringLiteral("users"),
    QStringLiteral("enrolment_tokens"), QStringLiteral("api_keys")};

/// A block's checksum is its bytes 5 to 8.
const KeyedTable kBlocks{QStringLiteral("blocks"),
    {QStringLiteral("family"), QStringLiteral("tier"), QStringLiteral("start_ms"), QStringLiteral("part")},
    {QStringLiteral("row_count"), QStringLiteral("data")},
    {QStringLiteral("row_count"), QStringLiteral("length(data)"), QStringLiteral("substr(data, 5, 4)")}};
const KeyedTable kSnapshots{QStringLiteral("snapshots"), {QStringLiteral("kind"), QStringLiteral("time_ms")},
    {QStringLiteral("root_ms"), QStringLiteral("base_ms"), QStringLiteral("depth"), QStringLiteral("size"),
        QStringLiteral("data")},
    {QStringLiteral("root_ms"), QStringLiteral("base_ms"), QStringLiteral("depth"), QStringLiteral("size"),
        QStringLiteral("length(data)")}};

/// What one transaction takes: enough that commits cost little, few enough that memory stays small.
constexpr std::size_t kKeysAtOnce = 200;
constexpr int kInstancesAtOnce = 5'000;
constexpr int kBatchIdsAtOnce = 10'000;

const QString kMark = QStringLiteral("unfinished_transfer");

/// Ends what beginRead() began, whatever became of it.
class ReadAtOnce {
public:
    explicit ReadAtOnce(QSqlDatabase& database) : m_database(database) {}
    ~ReadAtOnce() { endRead(m_database, m_failed); }
    ReadAtOnce(const ReadAtOnce&) = delete;
    ReadAtOnce& operator=(const ReadAtOnce&) = delete;

    void succeeded() { m_failed = false; }

private:
    QSqlDatabase& m_database;
    bool m_failed = true;
};

Result<bool> hasTable(QSqlDatabase& database, const QString& table)
{
    const auto found = readOne(database,
        dialectOf(database) == Dialect::Postgres
            ? QStringLiteral("SELECT count(*) FROM pg_tables WHERE schemaname = 'sextant' AND tablename = ?")
            : QStringLiteral("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"),
        {table});
    if (!found)
        return tl::unexpected(found.error());
    return found->front().toInt() > 0;
}

Result<std::vector<HostId>> hostsIn(QSqlDatabase& database)
{
    const auto rows =
        readRows(database, QStringLiteral("hosts"), {QStringLiteral("id")}, QStringLiteral("ORDER BY id"));
    if (!rows)
        return tl::unexpected(rows.error());
    std::vector<HostId> hosts;
    for (const QVariantList& row : rows->rows)
        hosts.push_back(HostId{row.front().toLongLong()});
    return hosts;
}

/// The hours of a host whose samples are rows: hot ones, and where TimescaleDB compresses sealed ones too. In the copy
/// they are hot, and sealed in its own way by the next server.
Result<std::vector<std::int64_t>> hoursOfRows(QSqlDatabase& database, const HotRows& rows, HostId host)
{
    constexpr auto kEver = std::numeric_limits<std::int64_t>::max();
    const auto hot = rows.hoursOf(database, host, 0, kEver);
    const auto sealed = rows.sealedHoursOf(database, host, 0, kEver);
    if (!hot || !sealed)
        return tl::unexpected(!hot ? hot.error() : sealed.error());
    std::vector<std::int64_t> hours;
    std::ranges::set_union(*hot, *sealed, std::back_inserter(hours));
    return hours;
}

/// The rows as frames with the numbers of their instances: what append() takes.
std::vector<HotFrame> framesOf(const HotFamily& hot, HostId host, std::vector<metrics::Frame>& frames)
{
    std::map<std::pair<std::int64_t, std::uint32_t>, std::vector<std::size_t>> ticks;
    for (std::size_t row = 0; row < hot.rows.rowCount(); ++row)
        ticks[{hot.rows.timesMs[row], hot.rows.intervalsMs[row]}].push_back(row);
    std::map<std::uint32_t, std::size_t> positions;
    for (std::size_t i = 0; i < hot.family->columns.size(); ++i)
        positions[hot.family->columns[i].number] = i;
    frames.reserve(ticks.size()); // they are pointed at
    std::vector<HotFrame> all;
    for (const auto& [tick, rows] : ticks) {
        metrics::Frame& frame = frames.emplace_back(*hot.family, tick.first, tick.second);
        HotFrame& numbered = all.emplace_back(HotFrame{host, &frame, {}, 0});
        for (const std::size_t row : rows) {
            const std::size_t into = frame.addRow();
            numbered.instances.push_back(hot.rows.instances[row]);
            for (const metrics::BlockColumn& column : hot.rows.columns) {
                if (const auto position = positions.find(column.number); position != positions.end())
                    frame.setCell(into, position->second, column.cells[row]);
            }
        }
    }
    return all;
}

/// The cells of a row by column, without those that are absent.
std::map<std::uint32_t, metrics::Value> cellsOf(const metrics::Block& block, std::size_t row)
{
    std::map<std::uint32_t, metrics::Value> cells;
    for (const metrics::BlockColumn& column : block.columns) {
        if (!column.cells[row].isAbsent())
            cells[column.number] = column.cells[row];
    }
    return cells;
}

/// Whether every row of `wanted` is in `found`, which may have more: rows of an hour that was sealed and came back.
bool holds(const metrics::Block& found, const metrics::Block& wanted)
{
    std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> places;
    for (std::size_t row = 0; row < found.rowCount(); ++row)
        places[{found.instances[row], found.timesMs[row]}] = row;
    for (std::size_t row = 0; row < wanted.rowCount(); ++row) {
        const auto place = places.find({wanted.instances[row], wanted.timesMs[row]});
        if (place == places.end() || found.intervalsMs[place->second] != wanted.intervalsMs[row] ||
            cellsOf(found, place->second) != cellsOf(wanted, row))
            return false;
    }
    return true;
}

std::string nameOf(HostId host)
{
    return "host " + std::to_string(host.value);
}

} // namespace

Transfer::Transfer(Database& source, Database& target, Progress progress)
    : m_source(source),
      m_target(target),
      m_progress(std::move(progress)),
      m_sourceHot(makeHotRows(source.dialect())),
      m_targetHot(makeHotRows(target.dialect()))
{
}

Transfer::~Transfer() = default;

QStringList Transfer::tables()
{
    return kSmallTables + QStringList{QStringLiteral("instances"), QStringLiteral("batches"), kBlocks.name,
                              kSnapshots.name, QStringLiteral("hot_frames"), QStringLiteral("hot_hours")};
}

Result<void> Transfer::begin(const QString& name)
{
    return m_target.write([&](QSqlDatabase& database) -> Result<void> {
        const auto marked = hasTable(database, kMark);
        if (!marked)
            return tl::unexpected(marked.error());
        if (*marked) {
            const auto of = readOne(database, QStringLiteral("SELECT source FROM ") + kMark);
            if (!of)
                return tl::unexpected(of.error());
            if (of->front().toString() != name)
                return fail(ErrorCode::Conflict,
                    "the target is the unfinished copy of another database: " + of->front().toString().toStdString());
            return {};
        }
        const auto used =
            readOne(database, QStringLiteral("SELECT (SELECT count(*) FROM hosts) + (SELECT count(*) FROM users)"));
        if (!used)
            return tl::unexpected(used.error());
        if (used->front().toLongLong() > 0)
            return fail(ErrorCode::Conflict, "the target holds the data of a server; give an empty database");
        if (auto made = execute(database, QStringLiteral("CREATE TABLE %1 (source TEXT NOT NULL)").arg(kMark)); !made)
            return made;
        return executeWith(database, QStringLiteral("INSERT INTO %1 (source) VALUES (?)").arg(kMark), {name});
    });
}

Result<void> Transfer::checkFinished(Database& database)
{
    auto reader = database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    const auto marked = hasTable(*reader, kMark);
    if (!marked)
        return tl::unexpected(marked.error());
    if (*marked)
        return fail(ErrorCode::Invalid,
            "this database is an unfinished copy: run sextant-server migrate again, while no server runs");
    return {};
}

Result<Transfer::Ends> Transfer::ends()
{
    auto source = m_source.reader();
    if (!source)
        return tl::unexpected(source.error());
    auto target = m_target.reader();
    if (!target)
        return tl::unexpected(target.error());
    return Ends{std::move(*source), std::move(*target)};
}

Result<TransferPass> Transfer::pass()
{
    auto both = ends();
    if (!both)
        return tl::unexpected(both.error());
    TransferPass done;
    if (auto replaced = replaceSmallTables(); !replaced)
        return tl::unexpected(replaced.error());
    // Before the rows that refer to them are read, so that none refers to one that is missing.
    const auto hosts = hostsIn(both->source);
    if (!hosts)
        return tl::unexpected(hosts.error());
    for (const HostId host : *hosts) {
        if (auto passed = passHost(host, done); !passed)
            return fail(passed.error().code, nameOf(host) + ": " + passed.error().message);
        ++done.hosts;
        m_progress(std::to_string(done.hosts) + " of " + std::to_string(hosts->size()) +
                   " hosts: " + std::to_string(done.blocks) + " blocks, " + std::to_string(done.hotRows) + " rows");
    }
    // Last: rows of an instance that came after this are copied by the next pass, with it.
    if (auto passed = passBatchIds(done); !passed)
        return tl::unexpected(passed.error());
    return done;
}

Result<void> Transfer::replaceTable(QSqlDatabase& source, const QString& table)
{
    const auto columns = columnsOf(source, table);
    if (!columns)
        return tl::unexpected(columns.error());
    const auto rows = readRows(source, table, *columns);
    if (!rows)
        return tl::unexpected(rows.error());
    return m_target.write([&](QSqlDatabase& database) -> Result<void> {
        if (auto cleared = execute(database, QStringLiteral("DELETE FROM ") + table); !cleared)
            return cleared;
        return insertRows(database, *rows);
    });
}

Result<void> Transfer::replaceSmallTables()
{
    auto both = ends();
    if (!both)
        return tl::unexpected(both.error());
    if (auto begun = beginRead(both->source); !begun)
        return begun;
    ReadAtOnce reading(both->source);
    for (const QString& table : kSmallTables) {
        if (auto replaced = replaceTable(both->source, table); !replaced)
            return fail(replaced.error().code, table.toStdString() + ": " + replaced.error().message);
    }
    reading.succeeded();
    return {};
}

/// Instances are only ever added, with rising numbers.
Result<void> Transfer::addInstances()
{
    auto both = ends();
    if (!both)
        return tl::unexpected(both.error());
    const auto last = readOne(both->target, QStringLiteral("SELECT coalesce(max(id), 0) FROM instances"));
    const auto columns = columnsOf(both->source, QStringLiteral("instances"));
    if (!last || !columns)
        return tl::unexpected(!last ? last.error() : columns.error());
    qint64 after = last->front().toLongLong();
    while (true) {
        const auto rows = readRows(both->source, QStringLiteral("instances"), *columns,
            QStringLiteral("WHERE id > ? ORDER BY id LIMIT %1").arg(kInstancesAtOnce), {after});
        if (!rows)
            return tl::unexpected(rows.error());
        if (rows->rows.empty())
            return {};
        auto added = m_target.write([&](QSqlDatabase& database) { return insertRows(database, *rows); });
        if (!added)
            return added;
        after = rows->rows.back()[columns->indexOf(QStringLiteral("id"))].toLongLong();
    }
}

Result<void> Transfer::passHost(HostId host, TransferPass& done)
{
    auto both = ends();
    if (!both)
        return tl::unexpected(both.error());
    if (auto begun = beginRead(both->source); !begun)
        return begun;
    ReadAtOnce reading(both->source);
    if (auto added = addInstances(); !added)
        return added;
    for (const auto& [table, count] :
        {std::pair(&kBlocks, &TransferPass::blocks), std::pair(&kSnapshots, &TransferPass::snapshots)}) {
        const auto difference = compareRows(both->source, both->target, *table, host.value);
        if (!difference)
            return tl::unexpected(difference.error());
        const std::span changed(difference->changed);
        for (std::size_t first = 0; first < changed.size(); first += kKeysAtOnce) {
            const auto keys = changed.subspan(first, std::min(kKeysAtOnce, changed.size() - first));
            const auto rows = readKeyed(both->source, *table, host.value, keys);
            if (!rows)
                return tl::unexpected(rows.error());
            auto written = m_target.write([&](QSqlDatabase& database) -> Result<void> {
                if (auto erased = eraseKeyed(database, *table, host.value, keys); !erased)
                    return erased;
                return insertRows(database, *rows);
            });
            if (!written)
                return written;
            done.*count += static_cast<std::int64_t>(rows->rows.size());
        }
        auto erased = m_target.write(
            [&](QSqlDatabase& database) { return eraseKeyed(database, *table, host.value, difference->gone); });
        if (!erased)
            return erased;
    }
    if (auto passed = passHot(*both, host, done); !passed)
        return passed;
    reading.succeeded();
    return {};
}

Result<void> Transfer::passHot(Ends& both, HostId host, TransferPass& done)
{
    constexpr auto kEver = std::numeric_limits<std::int64_t>::max();
    const auto hours = hoursOfRows(both.source, *m_sourceHot, host);
    const auto stale = m_targetHot->hoursOf(both.target, host, 0, kEver);
    if (!hours || !stale)
        return tl::unexpected(!hours ? hours.error() : stale.error());
    for (const std::int64_t hourMs : *hours) {
        const auto families = m_sourceHot->readHour(both.source, {host, hourMs});
        if (!families)
            return tl::unexpected(families.error());
        const std::int64_t before = done.hotRows;
        for (const HotFamily& family : *families) {
            if (auto added = addHotFamily(family, host, done); !added)
                return added;
        }
        done.hotHours += done.hotRows > before ? 1 : 0;
    }
    // Sealed since: their block is copied.
    for (const std::int64_t hourMs : *stale) {
        if (std::ranges::binary_search(*hours, hourMs))
            continue;
        auto erased = m_target.write([&](QSqlDatabase& database) {
            return m_targetHot->erase(database, {host, hourMs});
        });
        if (!erased)
            return erased;
    }
    return {};
}

Result<void> Transfer::addHotFamily(const HotFamily& family, HostId host, TransferPass& done)
{
    std::vector<metrics::Frame> frames;
    const auto numbered = framesOf(family, host, frames);
    std::vector<BatchOutcome> outcome(1);
    auto added =
        m_target.write([&](QSqlDatabase& database) { return m_targetHot->append(database, numbered, outcome); });
    if (!added)
        m_targetHot->forget();
    else
        done.hotRows += static_cast<std::int64_t>(outcome.front().storedRows);
    return added;
}

/// Page by page in order of the key; a page of which the target has as many is not copied again.
Result<void> Transfer::passBatchIds(TransferPass& done)
{
    auto both = ends();
    if (!both)
        return tl::unexpected(both.error());
    const QStringList columns{QStringLiteral("id"), QStringLiteral("host_id")};
    QVariantList after{QByteArray(""), qint64{0}};
    while (true) {
        const auto page = readRows(both->source, QStringLiteral("batches"), columns,
            QStringLiteral("WHERE (id, host_id) > (?, ?) ORDER BY id, host_id LIMIT %1").arg(kBatchIdsAtOnce), after);
        if (!page)
            return tl::unexpected(page.error());
        if (page->rows.empty())
            return {};
        const QVariantList& last = page->rows.back();
        const auto there = readOne(both->target,
            QStringLiteral("SELECT count(*) FROM batches WHERE (id, host_id) > (?, ?) AND (id, host_id) <= (?, ?)"),
            after + last);
        if (!there)
            return tl::unexpected(there.error());
        const auto missing = static_cast<qint64>(page->rows.size()) - there->front().toLongLong();
        if (missing > 0) {
            auto added = m_target.write([&](QSqlDatabase& database) { return insertRows(database, *page, true); });
            if (!added)
                return added;
            done.batchIds += missing;
        }
        after = last;
    }
}

Result<std::vector<TransferCount>> Transfer::verify()
{
    auto both = ends();
    if (!both)
        return tl::unexpected(both.error());
    for (const QString& table : kSmallTables + QStringList{QStringLiteral("instances"), QStringLiteral("batches")}) {
        const QString sql = QStringLiteral("SELECT count(*) FROM ") + table;
        const auto wanted = readOne(both->source, sql);
        const auto found = readOne(both->target, sql);
        if (!wanted || !found)
            return tl::unexpected(!wanted ? wanted.error() : found.error());
        // The source forgets old ids of batches by itself.
        const bool same = table == QLatin1String("batches")
                              ? found->front().toLongLong() >= wanted->front().toLongLong()
                              : *found == *wanted;
        if (!same)
            return fail(ErrorCode::Conflict, table.toStdString() + ": " + wanted->front().toString().toStdString() +
                                                 " rows in the source, " + found->front().toString().toStdString() +
                                                 " in the target");
    }
    const auto hosts = hostsIn(both->source);
    if (!hosts)
        return tl::unexpected(hosts.error());
    std::vector<TransferCount> counts;
    for (const HostId host : *hosts) {
        if (auto verified = verifyHost(*both, host, counts); !verified)
            return fail(verified.error().code, nameOf(host) + ": " + verified.error().message);
    }
    return counts;
}

Result<void> Transfer::verifyHost(Ends& both, HostId host, std::vector<TransferCount>& counts)
{
    for (const KeyedTable* table : {&kBlocks, &kSnapshots}) {
        const auto difference = compareRows(both.source, both.target, *table, host.value);
        if (!difference)
            return tl::unexpected(difference.error());
        if (!difference->changed.empty() || !difference->gone.empty())
            return fail(ErrorCode::Conflict, table->name.toStdString() + " are not the same");
    }
    std::map<std::string, TransferCount> families;
    const auto sealed =
        readRows(both.source, QStringLiteral("blocks"), {QStringLiteral("family"), QStringLiteral("sum(row_count)")},
            QStringLiteral("WHERE host_id = ? AND tier = 0 GROUP BY family"), {qint64{host.value}});
    if (!sealed)
        return tl::unexpected(sealed.error());
    for (const QVariantList& row : sealed->rows)
        families[row[0].toString().toStdString()].sealedRows = row[1].toLongLong();
    const auto hours = hoursOfRows(both.source, *m_sourceHot, host);
    if (!hours)
        return tl::unexpected(hours.error());
    for (const std::int64_t hourMs : *hours) {
        const auto wanted = m_sourceHot->readHour(both.source, {host, hourMs});
        const auto found = m_targetHot->readHour(both.target, {host, hourMs});
        if (!wanted || !found)
            return tl::unexpected(!wanted ? wanted.error() : found.error());
        for (const HotFamily& family : *wanted) {
            const auto same = std::ranges::find(*found, family.family, &HotFamily::family);
            if (same == found->end() || !holds(same->rows, family.rows))
                return fail(
                    ErrorCode::Conflict, "recent rows of " + std::string(family.family->name) + " are not the same");
            families[std::string(family.family->name)].hotRows += static_cast<std::int64_t>(family.rows.rowCount());
        }
    }
    for (auto& [family, count] : families) {
        count.host = host.value;
        count.family = family;
        counts.push_back(count);
    }
    return {};
}

Result<void> Transfer::finish()
{
    return m_target.write([&](QSqlDatabase& database) -> Result<void> {
        for (const QString& table : kNumberedTables) {
            if (dialectOf(database) != Dialect::Postgres)
                break; // SQLite goes on behind the largest number by itself
            auto numbered = execute(database,
                QStringLiteral("SELECT setval(pg_get_serial_sequence('sextant.%1', 'id'), (SELECT coalesce(max(id), 0) "
                               "+ 1 FROM %1), false)")
                    .arg(table));
            if (!numbered)
                return numbered;
        }
        return execute(database, QStringLiteral("DROP TABLE ") + kMark);
    });
}

} // namespace sextant::server
