// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/worker_message.h"

#include "platform/parse/fields.h"

namespace sextant::platform::parse {
namespace {

constexpr std::uint32_t kNothing = 0xffffffff;
constexpr std::size_t kNumberSize = 4;

void append(std::string& message, std::size_t number)
{
    for (std::size_t i = 0; i < kNumberSize; ++i)
        message += static_cast<char>(number >> (8 * i) & 0xff);
}

tl::unexpected<Error> malformed()
{
    return fail(ErrorCode::Malformed, "the worker's message does not follow its format");
}

/// Goes through a message. What would lie behind its end makes it broken.
class Cursor {
public:
    explicit Cursor(std::string_view message) : m_rest(message) {}

    std::uint32_t number()
    {
        std::uint32_t number = 0;
        for (std::size_t i = 0; const char byte : take(kNumberSize))
            number |= std::uint32_t{static_cast<unsigned char>(byte)} << (8 * i++);
        return number;
    }
    std::optional<std::string> text()
    {
        const std::uint32_t size = number();
        return size == kNothing ? std::nullopt : std::optional<std::string>(take(size));
    }
    [[nodiscard]] bool broken() const { return m_broken; }
    [[nodiscard]] bool atEnd() const { return m_rest.empty(); }

private:
    std::string_view take(std::size_t size)
    {
        if (size > m_rest.size()) {
            m_broken = true;
            m_rest = {};
            return {};
        }
        const std::string_view taken = m_rest.substr(0, size);
        m_rest.remove_prefix(size);
        return taken;
    }

    std::string_view m_rest;
    bool m_broken = false;
};

} // namespace

std::string packSize(std::size_t size)
{
    std::string bytes;
    append(bytes, size);
    return bytes;
}

Result<std::size_t> parseSize(std::string_view bytes)
{
    Cursor cursor(bytes);
    const std::size_t size = cursor.number();
    if (cursor.broken() || !cursor.atEnd())
        return malformed();
    if (size > kMaxWorkerMessage)
        return fail(ErrorCode::TooLarge, "the worker's message has " + std::to_string(size) + " bytes");
    return size;
}

std::string packRows(const WorkerRows& rows)
{
    std::string message;
    append(message, rows.size());
    for (const WorkerRow& row : rows) {
        append(message, row.size());
        for (const std::optional<std::string>& text : row) {
            append(message, text ? text->size() : kNothing);
            message += text.value_or(std::string());
        }
    }
    return message;
}

Result<WorkerRows> parseRows(std::string_view message)
{
    Cursor cursor(message);
    WorkerRows rows;
    for (std::uint32_t left = cursor.number(); left > 0 && !cursor.broken(); --left) {
        WorkerRow& row = rows.emplace_back();
        for (std::uint32_t texts = cursor.number(); texts > 0 && !cursor.broken(); --texts)
            row.push_back(cursor.text());
    }
    if (cursor.broken() || !cursor.atEnd())
        return malformed();
    return rows;
}

std::string packAnswer(const Result<WorkerRows>& answer)
{
    if (!answer)
        return packRows({{std::to_string(static_cast<int>(answer.error().code)), answer.error().message}});
    WorkerRows rows{{}};
    rows.insert(rows.end(), answer->begin(), answer->end());
    return packRows(rows);
}

Result<WorkerRows> parseAnswer(std::string_view message)
{
    Result<WorkerRows> rows = parseRows(message);
    if (!rows)
        return rows;
    if (rows->empty())
        return malformed();
    const WorkerRow head = std::move(rows->front());
    rows->erase(rows->begin());
    if (head.empty())
        return rows;
    if (head.size() != 2 || !head[0] || !head[1])
        return malformed();
    const auto code = toUnsigned(*head[0]);
    if (!code || *code > static_cast<std::uint64_t>(ErrorCode::Internal))
        return malformed();
    return fail(static_cast<ErrorCode>(*code), *head[1]);
}

} // namespace sextant::platform::parse
