// SPDX-License-Identifier: GPL-3.0-or-later
// What lies on the agent's disk and may be damaged: the journal's text, and the file spool.db as a whole. The first
// byte selects; of a file only so many bytes are given as differ from an empty spool's: places and what stands there.
#include "agent-service/spool/journal.h"
#include "agent-service/spool/spool_file.h"
#include "fuzz/bytes.h"
#include "fuzz/require.h"

#include <QFile>
#include <QTemporaryDir>

using namespace sextant;
using namespace sextant::agent;

namespace {

using sextant::fuzz::require;

metrics::BatchId batchId(std::uint8_t first)
{
    return metrics::BatchId::make(1'700'000'000'000, {first});
}

/// Damaged text counts as empty; what was understood is written so that it is understood again.
void fuzzJournal(std::string_view text)
{
    const auto holdsNone = [](const metrics::BatchId&) { return false; };
    Journal journal;
    journal.begin({"run", "boot", "1", {1'700'000'000'000, 5'000, 5'000}});
    journal.load(text, holdsNone);
    require(journal.loaded());
    require(journal.nextSequence() > 0);
    const auto gaps = journal.assign(batchId(1));
    require(gaps.size() <= Journal::kMaxGapsPerBatch);
    const std::string written = journal.text();
    Journal again;
    again.begin({"run", "boot", "1", {1'700'000'000'000, 5'000, 5'000}});
    again.load(written, [](const metrics::BatchId&) { return true; });
    require(again.nextSequence() == journal.nextSequence());
}

/// An empty spool's file with two batches and a journal, as bytes.
QByteArray goodFile(const QString& path)
{
    {
        const auto file = SpoolFile::open(path.toStdString());
        require(file.has_value());
        for (const std::uint8_t number : {std::uint8_t{1}, std::uint8_t{2}})
            require((*file)->append({batchId(number), "some body of a batch", 1'000, 2'000}).has_value());
        require((*file)->saveJournal("{}").has_value());
    }
    QFile file(path);
    require(file.open(QIODevice::ReadOnly));
    return file.readAll();
}

void fuzzFile(fuzz::Bytes bytes)
{
    static const QTemporaryDir folder(QStringLiteral("/dev/shm/spool_fuzz-XXXXXX"));
    static const QString path = folder.filePath(QStringLiteral("spool.db"));
    static const QByteArray good = goodFile(path);
    QByteArray damaged = good;
    while (!bytes.isEmpty()) {
        const qsizetype at = bytes.number<std::uint16_t>() % (damaged.size() + 1);
        const std::string piece = bytes.text(32);
        if (piece.empty())
            damaged.truncate(at);
        else
            damaged.replace(at, std::min(static_cast<qsizetype>(piece.size()), damaged.size() - at), piece.data(),
                std::min(static_cast<qsizetype>(piece.size()), damaged.size() - at));
    }
    for (const char* beside : {"-wal", "-shm"})
        QFile::remove(path + QString::fromLatin1(beside));
    QFile file(path);
    require(file.open(QIODevice::WriteOnly | QIODevice::Truncate) && file.write(damaged) == damaged.size());
    file.close();
    const auto spool = SpoolFile::open(path.toStdString());
    if (!spool) {
        const auto aside = setAside(path.toStdString(), 1'700'000'000'000);
        require(aside.has_value() && !QFile::exists(path));
        require(SpoolFile::open(path.toStdString()).has_value()); // a new one begins
        return;
    }
    static_cast<void>((*spool)->loadJournal());
    for (int i = 0; i < 4; ++i) {
        const auto oldest = (*spool)->oldest();
        if (!oldest || !*oldest || !(*spool)->remove((*oldest)->number))
            break;
    }
    static_cast<void>((*spool)->append({batchId(3), "another", 2'000, 3'000}));
    static_cast<void>((*spool)->usedBytes());
    static_cast<void>((*spool)->dropOldest());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    fuzz::Bytes bytes(data, size);
    if (bytes.number<std::uint8_t>() % 2 == 0)
        fuzzJournal(bytes.rest());
    else
        fuzzFile(bytes);
    return 0;
}
