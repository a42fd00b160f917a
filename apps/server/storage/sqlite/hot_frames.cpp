// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sqlite/hot_frames.h"

#include "metrics/families.h"
#include "server/storage/damage.h"
#include "server/storage/hot_hours.h"
#include "server/storage/sql.h"
#include "server/storage/tier.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QtEndian>
#include <QVariant>

#include <algorithm>
#include <array>
#include <map>
#include <unordered_set>

namespace sextant::server {
namespace {

constexpr std::int64_t kTimeEnd = std::int64_t{1} << HotFrames::kTimeBits;

std::int64_t keyOf(HostId host, std::int64_t timeMs)
{
    return host.value * kTimeEnd + std::clamp<std::int64_t>(timeMs, 0, kTimeEnd);
}

std::string_view bytesOf(const QByteArray& array)
{
    return {array.constData(), static_cast<std::size_t>(array.size())};
}

void appendNumber(std::string& blob, std::uint32_t number)
{
    std::array<char, 4> bytes;
    qToLittleEndian(number, bytes.data());
    blob.append(bytes.data(), bytes.size());
}

void appendSection(std::string& blob, const HotFrame& hot, std::span<const std::int64_t> instances)
{
    const std::string_view name = hot.frame->family().name;
    const std::string rows = metrics::encodeFrameRows(*hot.frame, instances);
    blob += static_cast<char>(name.size());
    blob += name;
    appendNumber(blob, hot.frame->intervalMs());
    appendNumber(blob, static_cast<std::uint32_t>(rows.size()));
    blob += rows;
}

/// A frame within a blob.
struct Section {
    std::string_view family;
    std::uint32_t intervalMs = 0;
    std::string_view rows;
};

/// Takes the first section off the blob. Nothing at its end, or when it is damaged: then something is left of it.
std::optional<Section> takeSection(std::string_view& blob)
{
    if (blob.empty())
        return std::nullopt;
    const std::size_t nameLength = static_cast<unsigned char>(blob.front());
    const std::size_t head = 1 + nameLength + 8;
    if (blob.size() < head)
        return std::nullopt;
    Section section;
    section.family = blob.substr(1, nameLength);
    section.intervalMs = qFromLittleEndian<std::uint32_t>(blob.data() + 1 + nameLength);
    const auto length = qFromLittleEndian<std::uint32_t>(blob.data() + 1 + nameLength + 4);
    if (blob.size() - head < length)
        return std::nullopt;
    section.rows = blob.substr(head, length);
    blob.remove_prefix(head + length);
    return section;
}

/// Tells of a section that cannot be read, or of what follows it in its row. It is left out, by readers and when its
/// hour is sealed: then it is gone.
void noteDamagedRow(std::int64_t key, std::string_view why)
{
    const std::int64_t timeMs = key % kTimeEnd;
    noteDamage({HostId{key / kTimeEnd}, nullptr, Tier::Raw, startOf(timeMs, kHourMs)},
        "the recent samples of " + std::to_string(timeMs) + " ms: " + std::string(why));
}

Result<Statement> selectRange(
    QSqlDatabase& database, const QString& what, HostId host, std::int64_t fromMs, std::int64_t toMs)
{
    auto query = prepare(database, what + QStringLiteral(" FROM hot_frames WHERE key >= ? AND key < ?"));
    if (!query)
        return query;
    query->bindValue(0, qint64{keyOf(host, fromMs)});
    query->bindValue(1, qint64{keyOf(host, toMs)});
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    return query;
}

/// Visits every section of a host's rows in a range, in order of time; the visitor says whether it could be read.
template <typename Visit>
Result<void> visitSections(QSqlDatabase& database, HostId host, std::int64_t fromMs, std::int64_t toMs, Visit visit)
{
    auto query = selectRange(database, QStringLiteral("SELECT key, frames"), host, fromMs, toMs);
    if (!query)
        return tl::unexpected(query.error());
    while (query->next()) {
        const std::int64_t key = query->value(0).toLongLong();
        const QByteArray blob = query->value(1).toByteArray();
        std::string_view left = bytesOf(blob);
        while (const auto section = takeSection(left)) {
            if (!visit(*section, key % kTimeEnd))
                noteDamagedRow(key, "a family cannot be read");
        }
        if (!left.empty())
            noteDamagedRow(key, "its end cannot be read");
    }
    return allRead(*query);
}

std::size_t rowsIn(std::span<const std::int64_t> instances)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(instances, [](std::int64_t instance) { return instance != 0; }));
}

} // namespace

/// One append(): its statements, and the frames of one host and time that are gathered into a row.
class HotFrames::Writing {
public:
    Writing(QSqlDatabase& database, std::span<BatchOutcome> outcomes) : m_database(database), m_outcomes(outcomes) {}

    Result<void> store(std::span<const HotFrame> frames)
    {
        auto insert = prepare(
            m_database, QStringLiteral("INSERT INTO hot_frames (key, frames) VALUES (?, ?) ON CONFLICT DO NOTHING"));
        if (!insert)
            return tl::unexpected(insert.error());
        for (std::size_t begin = 0; begin < frames.size();) {
            const std::size_t end = endOfRun(frames, begin);
            if (auto stored = storeRun(*insert, frames.subspan(begin, end - begin)); !stored)
                return stored;
            begin = end;
        }
        return {};
    }

private:
    /// A run: neighbours of one host and time, no family twice.
    static std::size_t endOfRun(std::span<const HotFrame> frames, std::size_t begin)
    {
        std::size_t end = begin + 1;
        const auto sameFamily = [&](const HotFrame& other) {
            return &other.frame->family() == &frames[end].frame->family();
        };
        while (end < frames.size() && frames[end].host == frames[begin].host &&
               frames[end].frame->timeMs() == frames[begin].frame->timeMs() &&
               std::ranges::none_of(frames.subspan(begin, end - begin), sameFamily))
            ++end;
        return end;
    }

    Result<void> storeRun(QSqlQuery& insert, std::span<const HotFrame> run)
    {
        m_blob.clear();
        for (const HotFrame& hot : run)
            appendSection(m_blob, hot, hot.instances);
        const std::int64_t key = keyOf(run.front().host, run.front().frame->timeMs());
        insert.bindValue(0, qint64{key});
        insert.bindValue(1, QByteArray::fromRawData(m_blob.data(), static_cast<qsizetype>(m_blob.size())));
        if (auto done = execute(insert); !done)
            return done;
        if (insert.numRowsAffected() == 0)
            return merge(key, run);
        for (const HotFrame& hot : run)
            m_outcomes[hot.batch].storedRows += rowsIn(hot.instances);
        return {};
    }

    /// Adds what is new of the run to a row that is there.
    Result<void> merge(std::int64_t key, std::span<const HotFrame> run)
    {
        auto blob = readBlob(key);
        if (!blob)
            return tl::unexpected(blob.error());
        cutDamagedEnd(*blob, key);
        const std::size_t before = blob->size();
        for (const HotFrame& hot : run) {
            const auto present = instancesIn(*blob, hot.frame->family());
            std::vector<std::int64_t> fresh = hot.instances;
            for (std::int64_t& instance : fresh) {
                if (instance != 0 && present.contains(instance))
                    instance = 0;
            }
            const std::size_t stored = rowsIn(fresh);
            m_outcomes[hot.batch].storedRows += stored;
            m_outcomes[hot.batch].repeatedRows += rowsIn(hot.instances) - stored;
            if (stored > 0)
                appendSection(*blob, hot, fresh);
        }
        return blob->size() == before ? Result<void>() : writeBlob(key, *blob);
    }

    Result<std::string> readBlob(std::int64_t key)
    {
        auto query = prepare(m_database, QStringLiteral("SELECT frames FROM hot_frames WHERE key = ?"));
        if (!query)
            return tl::unexpected(query.error());
        query->bindValue(0, qint64{key});
        if (auto done = execute(*query); !done)
            return tl::unexpected(done.error());
        const auto found = nextRow(*query);
        if (!found)
            return tl::unexpected(found.error());
        if (!*found)
            return fail(ErrorCode::Io, "the hot row " + std::to_string(key) + " is there and cannot be found");
        return query->value(0).toByteArray().toStdString();
    }

    Result<void> writeBlob(std::int64_t key, const std::string& blob)
    {
        auto query = prepare(m_database, QStringLiteral("UPDATE hot_frames SET frames = ? WHERE key = ?"));
        if (!query)
            return tl::unexpected(query.error());
        query->bindValue(0, QByteArray::fromRawData(blob.data(), static_cast<qsizetype>(blob.size())));
        query->bindValue(1, qint64{key});
        return execute(*query);
    }

    /// What is put behind a damaged end could not be read either.
    static void cutDamagedEnd(std::string& blob, std::int64_t key)
    {
        std::string_view left = blob;
        while (takeSection(left)) {
        }
        if (left.empty())
            return;
        noteDamagedRow(key, "its end cannot be read");
        blob.resize(blob.size() - left.size());
    }

    /// Those of sections that can be read.
    static std::unordered_set<std::int64_t> instancesIn(std::string_view blob, const metrics::Family& family)
    {
        metrics::Block rows;
        const std::span<const std::uint32_t> noColumns;
        while (const auto section = takeSection(blob)) {
            if (section->family == family.name)
                (void)metrics::appendFrameRows(section->rows, 0, 0, rows, {noColumns});
        }
        return {rows.instances.begin(), rows.instances.end()};
    }

    QSqlDatabase& m_database;
    std::span<BatchOutcome> m_outcomes;
    std::string m_blob;
};

Result<void> HotFrames::append(
    QSqlDatabase& database, std::span<const HotFrame> frames, std::span<BatchOutcome> outcomes)
{
    for (const HotFrame& hot : frames) {
        const std::int64_t timeMs = hot.frame->timeMs();
        if (timeMs < 0 || timeMs >= kTimeEnd || hot.host.value < 0 || hot.host.value > kMaxHost)
            return fail(ErrorCode::Invalid, "host " + std::to_string(hot.host.value) + " at " + std::to_string(timeMs) +
                                                " ms is past what the store can number");
        if (auto marked = markHour(database, hot.host, timeMs); !marked)
            return marked;
    }
    return Writing(database, outcomes).store(frames);
}

Result<void> HotFrames::markHour(QSqlDatabase& database, HostId host, std::int64_t timeMs)
{
    const std::pair hour{host.value, startOf(timeMs, kHourMs)};
    if (m_marked.contains(hour))
        return {};
    auto query = prepare(
        database, QStringLiteral("INSERT INTO hot_hours (host_id, hour_ms) VALUES (?, ?) ON CONFLICT DO NOTHING"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, qint64{hour.first});
    query->bindValue(1, qint64{hour.second});
    if (auto done = execute(*query); !done)
        return done;
    m_marked.insert(hour);
    return {};
}

Result<metrics::Block> HotFrames::read(QSqlDatabase& database, HostId host, const metrics::Family& family,
    std::int64_t fromMs, std::int64_t toMs, const metrics::BlockChoice& choice) const
{
    metrics::Block block;
    auto done = visitSections(database, host, fromMs, toMs, [&](const Section& section, std::int64_t timeMs) {
        return section.family != family.name ||
               metrics::appendFrameRows(section.rows, timeMs, section.intervalMs, block, choice).has_value();
    });
    if (!done)
        return tl::unexpected(done.error());
    metrics::sortRows(block);
    return block;
}

Result<std::vector<HotFamily>> HotFrames::readHour(QSqlDatabase& database, const HotHour& hour) const
{
    std::map<const metrics::Family*, metrics::Block> blocks;
    auto done = visitSections(
        database, hour.host, hour.hourMs, hour.hourMs + kHourMs, [&](const Section& section, std::int64_t timeMs) {
            const metrics::Family* family = metrics::findFamily(section.family);
            return family &&
                   metrics::appendFrameRows(section.rows, timeMs, section.intervalMs, blocks[family]).has_value();
        });
    if (!done)
        return tl::unexpected(done.error());
    std::vector<HotFamily> families;
    for (auto& [family, rows] : blocks) {
        metrics::sortRows(rows);
        families.push_back({family, std::move(rows)});
    }
    return families;
}

Result<std::vector<HotHour>> HotFrames::hours(QSqlDatabase& database, std::int64_t beforeMs, std::size_t limit) const
{
    return hotHours(database, beforeMs, limit);
}

Result<std::vector<std::int64_t>> HotFrames::hoursOf(
    QSqlDatabase& database, HostId host, std::int64_t fromMs, std::int64_t toMs) const
{
    return hotHoursOf(database, host, fromMs, toMs);
}

Result<std::int64_t> HotFrames::version(QSqlDatabase& database, const HotHour& hour) const
{
    // Rows are only ever added to until they are erased, so their length tells.
    auto query = selectRange(database, QStringLiteral("SELECT coalesce(sum(length(frames)), 0)"), hour.host,
        hour.hourMs, hour.hourMs + kHourMs);
    if (!query)
        return tl::unexpected(query.error());
    return firstValue(*query).map([](const QVariant& length) { return length.toLongLong(); });
}

Result<void> HotFrames::erase(QSqlDatabase& database, const HotHour& hour)
{
    if (auto done = selectRange(database, QStringLiteral("DELETE"), hour.host, hour.hourMs, hour.hourMs + kHourMs);
        !done)
        return tl::unexpected(done.error());
    m_marked.erase({hour.host.value, hour.hourMs});
    return removeHotHour(database, hour);
}

} // namespace sextant::server
