// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/proc_scalars.h"

#include "platform/parse/fields.h"

#include <limits>

namespace sextant::platform::parse {

Result<LoadAverages> parseLoadAverages(std::string_view text)
{
    const auto load1 = toDecimal(takeField(text));
    const auto load5 = toDecimal(takeField(text));
    const auto load15 = toDecimal(takeField(text));
    // The field after them proves that the third number is whole.
    if (!load1 || !load5 || !load15 || trimmed(text).empty())
        return fail(ErrorCode::Malformed, "/proc/loadavg does not hold three load averages");
    return LoadAverages{*load1, *load5, *load15};
}

Result<std::chrono::nanoseconds> parseUptime(std::string_view text)
{
    constexpr double kMaxSeconds = 9e9; // 285 years: what nanoseconds hold
    const auto seconds = toDecimal(takeField(text));
    if (!seconds || *seconds > kMaxSeconds || trimmed(text).empty())
        return fail(ErrorCode::Malformed, "/proc/uptime does not hold two numbers of seconds");
    return std::chrono::round<std::chrono::nanoseconds>(std::chrono::duration<double>(*seconds));
}

Result<FileHandles> parseFileHandles(std::string_view text)
{
    text = trimmed(text);
    const auto open = takeUnsigned(text);
    const auto unused = takeUnsigned(text);
    const auto limit = takeUnsigned(text);
    if (!open || !unused || !limit)
        return fail(ErrorCode::Malformed, "/proc/sys/fs/file-nr does not hold three numbers");
    FileHandles handles{*open, limit};
    if (*limit >= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        handles.limit.reset();
    return handles;
}

} // namespace sextant::platform::parse
