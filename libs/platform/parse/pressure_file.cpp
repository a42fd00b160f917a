// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/pressure_file.h"

#include "platform/parse/fields.h"

#include <limits>

namespace sextant::platform::parse {
namespace {

/// The text after "<key>=" in the next field; empty when the field is another one.
std::string_view takeValue(std::string_view& line, std::string_view key)
{
    const std::string_view field = takeField(line);
    if (field.size() <= key.size() || !field.starts_with(key) || field[key.size()] != '=')
        return {};
    return field.substr(key.size() + 1);
}

std::optional<Stall> parseStall(std::string_view line)
{
    const auto avg10 = toDecimal(takeValue(line, "avg10"));
    const auto avg60 = toDecimal(takeValue(line, "avg60"));
    const auto avg300 = toDecimal(takeValue(line, "avg300"));
    const auto total = toUnsigned(takeValue(line, "total"));
    if (!avg10 || !avg60 || !avg300 || !total || *total > std::numeric_limits<std::int64_t>::max())
        return std::nullopt;
    return Stall{*avg10, *avg60, *avg300, std::chrono::microseconds(static_cast<std::int64_t>(*total))};
}

} // namespace

Result<Pressure> parsePressure(std::string_view text)
{
    Pressure pressure;
    std::string_view line;
    while (takeLine(text, line)) {
        const std::string_view name = takeField(line);
        if (name == "some")
            pressure.some = parseStall(line);
        else if (name == "full")
            pressure.full = parseStall(line);
    }
    if (!pressure.some && !pressure.full)
        return fail(ErrorCode::Malformed, "a file of /proc/pressure holds neither a some nor a full line");
    return pressure;
}

} // namespace sextant::platform::parse
