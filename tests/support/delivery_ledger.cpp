// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/delivery_ledger.h"

#include "agent-service/spool/spool_file.h"
#include "metrics/codec.h"
#include "metrics/compression.h"
#include "server/storage/clock.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "server/storage/scan_rows.h"
#include "server/storage/sqlite/copy.h"
#include "support/https_client.h"
#include "support/server_process.h"

#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonObject>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QUuid>
#include <QVariant>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <numeric>

namespace sextant::test {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;

/// Runs `work` on a connection of its own to a SQLite file; false when the file cannot be opened or `work` says so.
bool onFile(const QString& path, const std::function<bool(QSqlDatabase&)>& work)
{
    const QString connection = QUuid::createUuid().toString();
    bool done = false;
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connection);
        database.setDatabaseName(path);
        database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=5000"));
        done = database.open() && work(database);
        if (!done)
            qWarning("%s: %s", qPrintable(path), qPrintable(database.lastError().text()));
    }
    QSqlDatabase::removeDatabase(connection);
    return done;
}

/// What a row is known by.
struct RowKey {
    std::string_view family;
    std::vector<std::string> labels;
    std::int64_t timeMs = 0;

    friend auto operator<=>(const RowKey&, const RowKey&) = default;
};

QString text(const RowKey& key)
{
    QString line = QString::fromStdString(std::string(key.family));
    for (const std::string& label : key.labels)
        line += u' ' + QString::fromStdString(label);
    return line + QStringLiteral(" at %1").arg(key.timeMs);
}

struct Wanted {
    std::vector<metrics::Value> cells;
    int found = 0;
};
using WantedRows = std::map<RowKey, Wanted>;

WantedRows rowsOf(const std::vector<metrics::Batch>& batches)
{
    WantedRows rows;
    for (const metrics::Batch& batch : batches) {
        for (const metrics::Frame& frame : batch.frames) {
            for (std::size_t row = 0; row < frame.rowCount(); ++row) {
                const auto labels = frame.labels(row);
                const auto cells = frame.cells(row);
                rows[{frame.family().name, {labels.begin(), labels.end()}, frame.timeMs()}].cells = {
                    cells.begin(), cells.end()};
            }
        }
    }
    return rows;
}

/// Strikes the stored rows of a family off what is wanted.
Result<void> strikeOff(const server::Store& store, qint64 host, const metrics::Family& family, WantedRows& wanted,
    DeliveryAccount& account)
{
    const auto instances = store.instances(server::HostId{host}, family);
    if (!instances)
        return tl::unexpected(instances.error());
    std::map<std::int64_t, std::vector<std::string>> labels;
    for (const server::Instance& instance : *instances)
        labels[instance.id] = instance.labels;
    std::vector<std::size_t> columns(family.columns.size());
    std::iota(columns.begin(), columns.end(), std::size_t{0});
    const server::SeriesScan scan{server::HostId{host}, &family, columns, 0, server::systemNowMs() + kHourMs, false};
    return server::scanRows(store, scan, [&](const server::ScannedRow& row) {
        account.times.insert(row.timeMs);
        const auto found = wanted.find({family.name, labels[row.instance], row.timeMs});
        if (found == wanted.end()) {
            account.extras.insert(row.timeMs);
            return true;
        }
        ++found->second.found;
        if (!std::ranges::equal(found->second.cells, row.cells) && account.fault.isEmpty())
            account.fault = text(found->first) + QStringLiteral(": is stored with other values");
        account.values += std::ranges::count_if(row.cells, [](metrics::Value value) { return !value.isAbsent(); });
        return true;
    });
}

DeliveryAccount faultyAccount(const Error& error)
{
    DeliveryAccount account;
    account.fault = QString::fromStdString(error.message);
    return account;
}

} // namespace

bool plantWitness(const QString& spoolFile)
{
    QDir().mkpath(QFileInfo(spoolFile).path());
    if (const auto made = agent::SpoolFile::open(spoolFile.toStdString()); !made)
        return false;
    return onFile(spoolFile, [](QSqlDatabase& database) {
        QSqlQuery query(database);
        return query.exec(
                   QStringLiteral("CREATE TABLE IF NOT EXISTS witness (number INTEGER PRIMARY KEY, body BLOB)")) &&
               query.exec(QStringLiteral("CREATE TRIGGER IF NOT EXISTS watch AFTER INSERT ON batches BEGIN "
                                         "INSERT INTO witness (body) VALUES (new.body); END"));
    });
}

namespace {

std::optional<std::vector<metrics::Batch>> batchesIn(const QString& spoolFile, const QString& table)
{
    constexpr std::size_t kMostBytes = 64U << 20U;
    std::map<metrics::BatchId, metrics::Batch> batches;
    const bool read = onFile(spoolFile, [&](QSqlDatabase& database) {
        QSqlQuery query(database);
        query.setForwardOnly(true);
        if (!query.exec(QStringLiteral("SELECT body FROM ") + table))
            return false;
        while (query.next()) {
            const std::string body = query.value(0).toByteArray().toStdString();
            auto batch = metrics::zstdDecompress(body, kMostBytes).and_then([](const std::string& bytes) {
                return metrics::decodeBatch(bytes);
            });
            if (!batch)
                return false;
            const metrics::BatchId id = batch->batch.id;
            batches.insert_or_assign(id, std::move(batch->batch));
        }
        return !query.lastError().isValid();
    });
    if (!read)
        return std::nullopt;
    std::vector<metrics::Batch> list;
    for (auto& [id, batch] : batches)
        list.push_back(std::move(batch));
    return list;
}

} // namespace

std::optional<std::vector<metrics::Batch>> witnessed(const QString& spoolFile)
{
    return batchesIn(spoolFile, QStringLiteral("witness"));
}

std::optional<std::vector<metrics::Batch>> waitingBatches(const QString& spoolFile)
{
    return batchesIn(spoolFile, QStringLiteral("batches"));
}

qint64 waiting(const QString& spoolFile)
{
    qint64 count = -1;
    return onFile(spoolFile,
               [&](QSqlDatabase& database) {
                   QSqlQuery query(database);
                   if (!query.exec(QStringLiteral("SELECT count(*) FROM batches")) || !query.next())
                       return false;
                   count = query.value(0).toLongLong();
                   return true;
               })
               ? count
               : -1;
}

std::vector<Acknowledged> acknowledged(const QByteArray& agentLog)
{
    const auto field = [](const QByteArray& line, const QByteArray& key) {
        const qsizetype at = line.indexOf(key);
        return at < 0 ? QByteArray() : line.mid(at + key.size()).split(' ').first();
    };
    std::vector<Acknowledged> list;
    for (const QByteArray& line : agentLog.split('\n')) {
        if (!line.contains("msg=acknowledged"))
            continue;
        const auto at = QDateTime::fromString(QString::fromLatin1(field(line, "time=")), Qt::ISODateWithMs);
        list.push_back({field(line, " from_ms=").toLongLong(), at.toMSecsSinceEpoch()});
    }
    return list;
}

DeliveryAccount accountFor(const server::Store& store, qint64 host, const std::vector<metrics::Batch>& batches)
{
    DeliveryAccount account;
    WantedRows wanted = rowsOf(batches);
    for (const metrics::Family& family : metrics::families()) {
        if (const auto done = strikeOff(store, host, family, wanted, account); !done)
            return faultyAccount(done.error());
    }
    for (const auto& [key, row] : wanted) {
        if (row.found != 1 && account.fault.isEmpty())
            account.fault = text(key) + QStringLiteral(": is stored %1 times").arg(row.found);
    }
    return account;
}

DeliveryAccount accountFor(const QString& databasePath, qint64 host, const std::vector<metrics::Batch>& batches)
{
    const QTemporaryDir folder;
    const QString copy = folder.filePath(QStringLiteral("copy.db"));
    if (const auto copied = server::copyDatabase(databasePath, copy); !copied)
        return faultyAccount(copied.error());
    const auto database = server::Database::open({.path = copy});
    if (!database)
        return faultyAccount(database.error());
    return accountFor(*server::makeStore(**database, server::systemNowMs), host, batches);
}

std::int64_t missingNumbers(const std::vector<metrics::Batch>& batches)
{
    std::set<std::uint64_t> numbers;
    for (const metrics::Batch& batch : batches) {
        if (batch.sequence != 0)
            numbers.insert(batch.sequence);
    }
    return numbers.empty() ? 0 : static_cast<std::int64_t>(*numbers.rbegin() - *numbers.begin() + 1 - numbers.size());
}

bool ToldGaps::has(const QString& cause, bool late) const
{
    return std::ranges::any_of(gaps, [&](const ToldGap& gap) { return gap.cause == cause && gap.late == late; });
}

QByteArray ToldGaps::text() const
{
    QByteArray lines = fault.toUtf8();
    for (const ToldGap& gap : gaps)
        lines += QStringLiteral("\n%1 to %2%3: %4 %5")
                     .arg(gap.fromMs)
                     .arg(gap.toMs)
                     .arg(gap.late ? QStringLiteral(" (late)") : QString(), gap.cause, gap.detail)
                     .toUtf8();
    return lines;
}

ToldGaps askForGaps(ServerProcess& server, qint64 host, std::int64_t fromMs, std::int64_t toMs)
{
    constexpr std::int64_t kAtOnceMs = 10 * 60'000; // a kill a second is fewer gaps than an answer holds
    ToldGaps told;
    HttpsClient client(server.url(), server.caPem());
    if (!client.logIn(QStringLiteral("admin"), server.adminPassword())) {
        told.fault = QStringLiteral("cannot log in");
        return told;
    }
    const std::int64_t step = std::max(kAtOnceMs, (toMs - fromMs) / 50);
    for (std::int64_t from = fromMs; from < toMs; from += step) {
        const Answer answer =
            client.get("/api/v1/hosts/" + QByteArray::number(host) + "/gaps?from=" + QByteArray::number(qint64{from}) +
                       "&to=" + QByteArray::number(qint64{std::min(from + step, toMs)}));
        const QJsonObject json = answer.json();
        if (answer.status != 200 || json.value(QLatin1String("truncated")).toBool(true)) {
            told.fault = QStringLiteral("GET gaps: HTTP %1, or more gaps than an answer holds").arg(answer.status);
            return told;
        }
        told.lostBatches = json.value(QLatin1String("lostBatches")).toInteger();
        for (const QJsonValue& gap : json.value(QLatin1String("gaps")).toArray())
            told.gaps.push_back({gap[QLatin1String("from")].toInteger(), gap[QLatin1String("to")].toInteger(),
                gap[QLatin1String("cause")].toString(), gap[QLatin1String("detail")].toString(),
                gap[QLatin1String("late")].toBool()});
    }
    return told;
}

QString unexplained(const ToldGaps& told, const std::set<std::int64_t>& times, std::int64_t intervalMs)
{
    for (const ToldGap& gap : told.gaps) {
        if (gap.late || gap.cause == QLatin1String("collector_error"))
            continue;
        if (gap.cause == QLatin1String("unknown"))
            return QStringLiteral("nobody explains %1 to %2").arg(gap.fromMs).arg(gap.toMs);
        const auto tick = times.upper_bound(gap.fromMs);
        if (tick != times.end() && *tick < gap.toMs)
            return QStringLiteral("%1 to %2 is called missing, but %3 is there")
                .arg(gap.fromMs)
                .arg(gap.toMs)
                .arg(*tick);
    }
    // A tick that is up to half an interval late leaves no hole.
    for (auto tick = times.begin(); tick != times.end() && std::next(tick) != times.end(); ++tick) {
        const std::int64_t fromMs = *tick;
        const std::int64_t toMs = *std::next(tick) - intervalMs;
        if (toMs - fromMs <= intervalMs / 2)
            continue;
        std::int64_t missing = toMs - fromMs;
        for (const ToldGap& gap : told.gaps) {
            if (!gap.late && gap.cause != QLatin1String("collector_error"))
                missing -= std::max<std::int64_t>(0, std::min(gap.toMs, toMs) - std::max(gap.fromMs, fromMs));
        }
        if (missing > 0)
            return QStringLiteral("%1 ms of %2 to %3 are missing without a word").arg(missing).arg(fromMs).arg(toMs);
    }
    return {};
}

} // namespace sextant::test
