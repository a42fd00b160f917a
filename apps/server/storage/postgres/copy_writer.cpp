// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/postgres/copy_writer.h"

#include "server/storage/postgres/connection.h"
#include "server/storage/sql.h"

#include <QSqlQuery>
#include <QStringList>
#include <QtEndian>
#include <QVariant>

#include <libpq-fe.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace sextant::server {
namespace {

/// PostgreSQL counts microseconds from 2000-01-01.
constexpr std::int64_t kPostgresEpochMs = 946'684'800'000;
/// Within what timestamptz holds (4713 BC to 294276), further than any clock of ours.
constexpr std::int64_t kFurthestMs = 200'000'000'000'000;
/// As much as PostgreSQL takes into memory that it has; for more at once it asks the system each time.
constexpr std::size_t kPieceBytes = 32 * 1024;

constexpr std::string_view kHeader{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
constexpr std::string_view kTrailer{"\377\377", 2};

template <typename T>
void putBigEndian(std::string& into, T value)
{
    std::array<char, sizeof(T)> bytes;
    qToBigEndian(value, bytes.data());
    into.append(bytes.data(), bytes.size());
}

template <typename T>
T takeBigEndian(std::string_view& from)
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
        value = value << 8 | static_cast<std::uint8_t>(from[i]);
    from.remove_prefix(sizeof(T));
    return static_cast<T>(value);
}

template <typename T>
bool fits(std::int64_t value)
{
    return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
}

QString columnNames(const CopyRows& rows)
{
    QStringList names;
    for (const CopyColumn& column : rows.columns())
        names.push_back(u'"' + column.name + u'"');
    return names.join(QStringLiteral(", "));
}

std::string describe(const CopyRows& rows)
{
    return "storing " + std::to_string(rows.rowCount()) + " rows in " + rows.table().toStdString();
}

/// Reads what is left of the answers, so that the connection takes the next statement. The first failure counts.
Result<void> finishCopy(PGconn* connection, const std::string& what)
{
    Result<void> outcome;
    while (PGresult* result = PQgetResult(connection)) {
        if (outcome && PQresultStatus(result) == PGRES_FATAL_ERROR) {
            const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
            const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
            outcome = tl::unexpected(postgresError(state ? state : "", message ? message : "", what));
        }
        PQclear(result);
        if (PQstatus(connection) == CONNECTION_BAD)
            break;
    }
    if (PQstatus(connection) == CONNECTION_BAD)
        return tl::unexpected(postgresError("", PQerrorMessage(connection), what));
    return outcome;
}

bool put(PGconn* connection, std::string_view bytes)
{
    for (std::size_t at = 0; at < bytes.size(); at += kPieceBytes) {
        const std::string_view piece = bytes.substr(at, kPieceBytes);
        if (PQputCopyData(connection, piece.data(), static_cast<int>(piece.size())) != 1)
            return false;
    }
    return true;
}

/// Begins a COPY and sends it whole. Its outcome is finishCopy()'s.
Result<void> sendCopy(PGconn* connection, const CopyRows& rows, const std::string& what)
{
    const QByteArray sql =
        QStringLiteral("COPY %1 (%2) FROM STDIN BINARY").arg(rows.table(), columnNames(rows)).toUtf8();
    PGresult* begun = PQexec(connection, sql.constData());
    const bool copying = PQresultStatus(begun) == PGRES_COPY_IN;
    if (!copying) {
        const char* state = PQresultErrorField(begun, PG_DIAG_SQLSTATE);
        const char* message = PQresultErrorField(begun, PG_DIAG_MESSAGE_PRIMARY);
        const Error error = postgresError(state ? state : "", message ? message : "", what);
        PQclear(begun);
        return tl::unexpected(error);
    }
    PQclear(begun);
    const bool sent = put(connection, kHeader) && put(connection, rows.tuples()) && put(connection, kTrailer);
    // An error while sending is the server's or the connection's; both show in the answers.
    if (PQputCopyEnd(connection, sent ? nullptr : "not everything could be sent") != 1)
        return tl::unexpected(postgresError("", PQerrorMessage(connection), what));
    return {};
}

QString realText(double value)
{
    if (std::isnan(value))
        return QStringLiteral("NaN");
    if (std::isinf(value))
        return value > 0 ? QStringLiteral("Infinity") : QStringLiteral("-Infinity");
    // The shortest text that gives the same double back, with the sign of a zero.
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return QString::fromLatin1(text.data(), end - text.data());
}

/// One cell as an element of an array literal.
QString elementText(CopyType type, std::string_view cell)
{
    switch (type) {
    case CopyType::Int2:
        return QString::number(takeBigEndian<std::int16_t>(cell));
    case CopyType::Int4:
        return QString::number(takeBigEndian<std::int32_t>(cell));
    case CopyType::Int8:
    case CopyType::Timestamptz:
        return QString::number(takeBigEndian<std::int64_t>(cell));
    case CopyType::Float8:
        return realText(std::bit_cast<double>(takeBigEndian<std::int64_t>(cell)));
    case CopyType::Bytea:
        break;
    }
    const QByteArray bytes(cell.data(), static_cast<qsizetype>(cell.size()));
    return QStringLiteral("\"\\\\x") + QString::fromLatin1(bytes.toHex()) + u'"';
}

/// The cells of each column as an array literal.
std::vector<QString> arraysOf(const CopyRows& rows)
{
    std::vector<QStringList> elements(rows.columns().size());
    std::string_view from = rows.tuples();
    while (!from.empty()) {
        from.remove_prefix(sizeof(std::int16_t));
        for (std::size_t i = 0; i < elements.size(); ++i) {
            const auto length = takeBigEndian<std::int32_t>(from);
            if (length < 0) {
                elements[i].push_back(QStringLiteral("NULL"));
                continue;
            }
            elements[i].push_back(
                elementText(rows.columns()[i].type, from.substr(0, static_cast<std::size_t>(length))));
            from.remove_prefix(static_cast<std::size_t>(length));
        }
    }
    std::vector<QString> arrays;
    for (const QStringList& list : elements)
        arrays.push_back(u'{' + list.join(u',') + u'}');
    return arrays;
}

QString arrayType(CopyType type)
{
    switch (type) {
    case CopyType::Int2:
        return QStringLiteral("int2[]");
    case CopyType::Int4:
        return QStringLiteral("int4[]");
    case CopyType::Int8:
    case CopyType::Timestamptz: // microseconds, made a time in the SELECT
        return QStringLiteral("int8[]");
    case CopyType::Float8:
        return QStringLiteral("float8[]");
    case CopyType::Bytea:
        break;
    }
    return QStringLiteral("bytea[]");
}

} // namespace

CopyRows::CopyRows(QString table, std::vector<CopyColumn> columns)
    : m_table(std::move(table)), m_columns(std::move(columns))
{
}

CopyType CopyRows::beginCell()
{
    const std::size_t position = m_cells++ % m_columns.size();
    if (position == 0)
        putBigEndian(m_tuples, static_cast<std::int16_t>(m_columns.size()));
    return m_columns[position].type;
}

void CopyRows::refuse(std::string_view why)
{
    if (m_refused.empty())
        m_refused = "row " + std::to_string((m_cells - 1) / m_columns.size()) + ", column " +
                    m_columns[(m_cells - 1) % m_columns.size()].name.toStdString() + ": " + std::string(why);
    putBigEndian(m_tuples, std::int32_t{-1});
}

void CopyRows::addNull()
{
    static_cast<void>(beginCell());
    putBigEndian(m_tuples, std::int32_t{-1});
}

void CopyRows::addInteger(std::int64_t value)
{
    const CopyType type = beginCell();
    if (type == CopyType::Int8) {
        putBigEndian(m_tuples, std::int32_t{8});
        putBigEndian(m_tuples, value);
    } else if (type == CopyType::Int4 && fits<std::int32_t>(value)) {
        putBigEndian(m_tuples, std::int32_t{4});
        putBigEndian(m_tuples, static_cast<std::int32_t>(value));
    } else if (type == CopyType::Int2 && fits<std::int16_t>(value)) {
        putBigEndian(m_tuples, std::int32_t{2});
        putBigEndian(m_tuples, static_cast<std::int16_t>(value));
    } else {
        refuse("the whole number " + std::to_string(value) + " does not fit");
    }
}

void CopyRows::addReal(double value)
{
    if (beginCell() != CopyType::Float8)
        return refuse("a real number does not fit");
    putBigEndian(m_tuples, std::int32_t{8});
    putBigEndian(m_tuples, std::bit_cast<std::int64_t>(value));
}

void CopyRows::addTimeMs(std::int64_t unixMs)
{
    if (beginCell() != CopyType::Timestamptz || unixMs < -kFurthestMs || unixMs > kFurthestMs)
        return refuse("the time " + std::to_string(unixMs) + " ms does not fit");
    putBigEndian(m_tuples, std::int32_t{8});
    putBigEndian(m_tuples, (unixMs - kPostgresEpochMs) * 1'000);
}

void CopyRows::addBytes(std::string_view bytes)
{
    if (beginCell() != CopyType::Bytea || bytes.size() > std::numeric_limits<std::int32_t>::max() / 2)
        return refuse("bytes do not fit");
    putBigEndian(m_tuples, static_cast<std::int32_t>(bytes.size()));
    m_tuples += bytes;
}

void CopyRows::clear()
{
    m_tuples.clear();
    m_cells = 0;
    m_refused.clear();
}

Result<void> CopyRows::check() const
{
    if (!m_refused.empty())
        return fail(ErrorCode::Invalid, m_table.toStdString() + ": " + m_refused);
    if (m_cells % m_columns.size() != 0)
        return fail(ErrorCode::Invalid, m_table.toStdString() + ": the last row is not whole");
    return {};
}

RowStream::~RowStream()
{
    if (PGconn* connection = m_underWay.empty() ? nullptr : libpqHandle(m_database))
        static_cast<void>(finishCopy(connection, m_underWay)); // the caller has an error of its own to tell
}

Result<void> RowStream::store(const CopyRows& rows)
{
    if (auto valid = rows.check(); !valid || rows.rowCount() == 0)
        return valid;
    if (auto before = finish(); !before)
        return before;
    PGconn* connection = libpqHandle(m_database);
    if (!connection)
        return insertArrays(m_database, rows);
    std::string what = describe(rows);
    auto sent = sendCopy(connection, rows, what);
    if (sent)
        m_underWay = std::move(what);
    return sent;
}

Result<void> RowStream::finish()
{
    if (m_underWay.empty())
        return {};
    const std::string what = std::exchange(m_underWay, {});
    PGconn* connection = libpqHandle(m_database);
    return connection ? finishCopy(connection, what) : tl::unexpected(postgresError("", "", what));
}

Result<void> copyRows(QSqlDatabase& database, const CopyRows& rows)
{
    if (auto valid = rows.check(); !valid || rows.rowCount() == 0)
        return valid;
    PGconn* connection = libpqHandle(database);
    if (!connection)
        return fail(ErrorCode::NotAvailable, "Qt does not show its PostgreSQL connection");
    const std::string what = describe(rows);
    auto sent = sendCopy(connection, rows, what);
    return sent ? finishCopy(connection, what) : sent;
}

Result<void> insertArrays(QSqlDatabase& database, const CopyRows& rows)
{
    if (auto valid = rows.check(); !valid || rows.rowCount() == 0)
        return valid;
    QStringList cells;
    QStringList arrays;
    QStringList names;
    for (std::size_t i = 0; i < rows.columns().size(); ++i) {
        const CopyType type = rows.columns()[i].type;
        const QString name = QStringLiteral("c%1").arg(i);
        names.push_back(name);
        arrays.push_back(QStringLiteral("CAST(? AS %1)").arg(arrayType(type)));
        // In two steps: a float8 of microseconds would lose some.
        cells.push_back(type == CopyType::Timestamptz
                            ? QStringLiteral("timestamptz '2000-01-01 00:00:00+00' + (%1 / 1000000) * interval "
                                             "'1 second' + (%1 % 1000000) * interval '1 microsecond'")
                                  .replace(QStringLiteral("%1"), name)
                            : name);
    }
    auto query =
        prepare(database, QStringLiteral("INSERT INTO ") + rows.table() + QStringLiteral(" (") + columnNames(rows) +
                              QStringLiteral(") SELECT ") + cells.join(QStringLiteral(", ")) +
                              QStringLiteral(" FROM unnest(") + arrays.join(QStringLiteral(", ")) +
                              QStringLiteral(") AS rows (") + names.join(QStringLiteral(", ")) + u')');
    if (!query)
        return tl::unexpected(query.error());
    for (const QString& array : arraysOf(rows))
        query->addBindValue(array);
    auto done = execute(*query);
    if (!done && !isAlive(database))
        done.error().code = ErrorCode::Unreachable;
    return done;
}

} // namespace sextant::server
