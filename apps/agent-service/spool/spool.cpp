// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/spool/spool.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace sextant::agent {
namespace {

constexpr std::uint64_t kRowOverhead = 8'192; ///< of a row beside its body: rounding up to pages
constexpr std::uint64_t kWorthGivingBack = 1ULL << 20;

/// What others may still write to the disk that `path` is on; everything when it cannot be told.
std::uint64_t freeSpace(const std::string& path)
{
    std::error_code error;
    const auto space = std::filesystem::space(std::filesystem::path(path).parent_path(), error);
    return error ? UINT64_MAX : space.available;
}

} // namespace

Spool::Spool(SpoolOptions options, logging::Log& log, Clock clock)
    : m_options(std::move(options)), m_log(log), m_clock(std::move(clock)), m_memory(m_options.memoryBytes)
{
}

// ---- the file ----

void Spool::start(const RunFacts& facts)
{
    m_journal.begin(facts);
    open();
}

void Spool::setOptions(const SpoolOptions& options)
{
    const std::string path = m_options.path;
    m_options = options;
    m_options.path = path;
    for (const DroppedBatch& batch : m_memory.setMaxBytes(options.memoryBytes))
        onDropped(batch);
}

void Spool::open()
{
    if (m_options.path.empty())
        return;
    auto opened = openOrReplace();
    if (!opened) {
        onFileError(opened.error());
        return;
    }
    m_file = std::move(*opened);
    if (!m_journal.loaded()) {
        const auto text = m_file->loadJournal();
        if (!text) {
            onFileError(text.error());
            return;
        }
        m_journal.load(*text, [this](const metrics::BatchId& id) { return m_file->holds(id).value_or(false); });
    }
    saveJournal(); // and so it is known that the file can be written
    if (m_file && m_failedMs.has_value()) {
        m_failedMs.reset();
        m_log.info("spool", "the disk works again", {{"file", m_options.path}});
    }
    if (m_file && m_file->batches() > 0)
        m_log.info("spool", "batches wait on disk", {{"batches", std::to_string(m_file->batches())}});
}

Result<std::unique_ptr<SpoolFile>> Spool::openOrReplace()
{
    auto opened = SpoolFile::open(m_options.path);
    if (opened || opened.error().code != ErrorCode::Malformed)
        return opened;
    const std::int64_t nowMs = m_clock();
    const auto salvage = setAside(m_options.path, nowMs);
    if (!salvage)
        return tl::unexpected(salvage.error());
    m_log.error("spool", "the spool was damaged; it is set aside and a new one begun",
        {{"reason", opened.error().message}, {"moved_to", salvage->movedTo}});
    if (!m_journal.loaded() && !salvage->journal.empty())
        m_journal.load(salvage->journal, [](const metrics::BatchId&) { return false; });
    // Without a word on when its oldest batch was made, the report says that something was lost, not since when.
    m_journal.add(metrics::GapCause::SpoolOverflow, salvage->fromMs.value_or(nowMs - 1), nowMs,
        "the spool's file was damaged and set aside; what waited in it is lost");
    return SpoolFile::open(m_options.path);
}

void Spool::reopenWhenTime()
{
    const std::int64_t nowMs = platform::readClocks().awakeMs;
    if (!m_file && m_failedMs && nowMs - *m_failedMs >= kRetryMs)
        open();
}

void Spool::onFileError(const Error& error)
{
    m_file.reset();
    if (m_fresh && m_fresh->number != 0)
        m_fresh.reset(); // it waits on the disk with the others
    const bool first = !std::exchange(m_failedMs, platform::readClocks().awakeMs).has_value();
    if (error.code == ErrorCode::Malformed) {
        if (first) // else the new file is damaged as well: the disk is at fault
            open();
        return;
    }
    if (first)
        m_log.error(
            "spool", "the disk cannot be used; batches wait in memory until it can", {{"reason", error.message}});
}

void Spool::saveJournal(std::optional<std::int64_t> packingFromMs)
{
    if (!m_file)
        return;
    const PackedBatch* oldest = m_memory.oldest();
    m_journal.setUnkept(oldest ? oldest->fromMs : packingFromMs);
    if (const auto saved = m_file->saveJournal(m_journal.text()); !saved)
        onFileError(saved.error());
}

// ---- what comes in ----

void Spool::push(PackedBatch batch)
{
    reopenWhenTime();
    const metrics::BatchId id = batch.id;
    m_fresh = Place{id, 0};
    for (const DroppedBatch& dropped : m_memory.push(std::move(batch)))
        onDropped(dropped);
    if (m_options.mode == SpoolMode::Always)
        keep();
}

void Spool::keep()
{
    if (m_options.mode == SpoolMode::Off)
        return;
    while (m_file && !m_memory.empty() && keepOldest()) {
    }
}

bool Spool::keepOldest()
{
    const PackedBatch& batch = *m_memory.oldest();
    const auto room = makeRoom(batch.body.size() + kRowOverhead);
    if (room && !*room) {
        if (!std::exchange(m_saidNoRoom, true))
            m_log.warning("spool", "no room on the disk; batches wait in memory", {{"file", m_options.path}});
        return false;
    }
    const auto number = room ? m_file->append(batch) : tl::unexpected(room.error());
    if (!number) {
        onFileError(number.error());
        return false;
    }
    m_saidNoRoom = false;
    const metrics::BatchId id = batch.id;
    m_memory.remove(id);
    movedTo(id, *number);
    return true;
}

void Spool::movedTo(const metrics::BatchId& id, std::int64_t number)
{
    for (std::optional<Place>* place : {&m_fresh, &m_offered}) {
        if (*place && (*place)->id == id)
            (*place)->number = number;
    }
}

Result<bool> Spool::makeRoom(std::uint64_t bytes)
{
    const bool mayGrow = freeSpace(m_options.path) >= m_options.minFreeBytes;
    while (true) {
        const auto used = m_file->usedBytes();
        const auto free = m_file->freeBytes();
        if (!used || !free)
            return tl::unexpected(used ? free.error() : used.error());
        if (*used + bytes <= m_options.maxBytes && (mayGrow || *free >= bytes))
            return true;
        const auto dropped = m_file->dropOldest();
        if (!dropped)
            return tl::unexpected(dropped.error());
        if (!*dropped)
            return false;
        onDropped(**dropped);
    }
}

void Spool::onDropped(const DroppedBatch& batch)
{
    ++m_counts.dropped;
    if (m_fresh && m_fresh->id == batch.id)
        m_fresh.reset();
    m_journal.lost(batch.id);
    m_journal.addOverflow(batch.fromMs, batch.toMs);
}

// ---- what goes out ----

std::optional<PackedBatch> Spool::next()
{
    if (m_fresh)
        return nextAtEnd();
    if (m_file && m_file->batches() > 0) {
        auto stored = offer(m_file->oldest());
        if (stored)
            return stored;
    }
    return offerFromMemory(m_memory.oldest());
}

std::optional<PackedBatch> Spool::nextAtEnd()
{
    if (m_fresh && m_fresh->number != 0 && m_file) {
        auto stored = offer(m_file->read(m_fresh->number));
        if (stored)
            return stored;
        m_fresh.reset();
    }
    return offerFromMemory(m_fresh ? m_memory.find(m_fresh->id) : m_memory.oldest());
}

std::optional<PackedBatch> Spool::offer(Result<std::optional<StoredBatch>> stored)
{
    if (!stored) {
        onFileError(stored.error());
        return std::nullopt;
    }
    if (!*stored)
        return std::nullopt;
    m_offered = Place{(*stored)->batch.id, (*stored)->number};
    return std::move((*stored)->batch);
}

std::optional<PackedBatch> Spool::offerFromMemory(const PackedBatch* batch)
{
    if (!batch)
        return std::nullopt;
    m_offered = Place{batch->id, 0};
    return *batch;
}

void Spool::retryLater(const metrics::BatchId& id)
{
    if (m_fresh && m_fresh->id == id)
        m_fresh.reset();
    keep();
}

void Spool::acknowledge(const metrics::BatchId& id)
{
    const bool carriedReports = m_journal.delivered(id);
    const auto batch = takeOut(id);
    if (batch) {
        ++m_counts.sent;
        m_counts.sentBytes += batch->body.size();
        m_log.debug("spool", "acknowledged", {{"batch", id.toString()}, {"from_ms", std::to_string(batch->fromMs)}});
    }
    if (carriedReports)
        saveJournal();
}

void Spool::quarantine(const metrics::BatchId& id, const std::string& reason)
{
    m_journal.lost(id);
    const auto batch = takeOut(id);
    if (!batch)
        return;
    ++m_counts.quarantined;
    m_journal.add(metrics::GapCause::SpoolOverflow, batch->fromMs, batch->toMs, "the server refused them: " + reason);
    if (!m_file)
        return;
    if (const auto kept = m_file->quarantine(*batch, reason, m_clock()); !kept)
        onFileError(kept.error());
}

std::optional<PackedBatch> Spool::takeOut(const metrics::BatchId& id)
{
    if (m_fresh && m_fresh->id == id)
        m_fresh.reset();
    if (auto batch = m_memory.remove(id))
        return batch;
    if (!m_file || !m_offered || m_offered->id != id || m_offered->number == 0)
        return std::nullopt;
    const auto stored = m_file->read(m_offered->number);
    const auto removed = stored ? m_file->remove(m_offered->number) : tl::unexpected(stored.error());
    m_offered.reset();
    if (!removed) {
        onFileError(removed.error()); // it is sent again when the disk works again; the server knows it by its id
        return std::nullopt;
    }
    giveBackSpace();
    return *stored ? std::optional(std::move((*stored)->batch)) : std::nullopt;
}

void Spool::giveBackSpace()
{
    const auto free = m_file->freeBytes();
    const auto done = free && *free >= kWorthGivingBack ? m_file->shrink() : Result<void>();
    if (!free || !done)
        onFileError(free ? done.error() : free.error());
}

SpoolStats Spool::stats()
{
    SpoolStats stats = m_counts;
    stats.memoryBytes = m_memory.bytes();
    stats.batches = m_memory.size();
    if (m_file) {
        stats.diskBatches = m_file->batches();
        stats.batches += stats.diskBatches;
        stats.diskBytes = m_file->usedBytes().value_or(0);
    }
    return stats;
}

} // namespace sextant::agent
