// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/utmp_file.h"

#include <cstring>

namespace sextant::platform::parse {

std::uint64_t countLogins(std::string_view bytes, std::size_t recordSize)
{
    // struct utmp: int16 type, 2 bytes of padding, int32 pid, char line[32], char id[4], char user[32], …
    constexpr std::int16_t kUserProcess = 7;
    constexpr std::size_t kUserOffset = 44;
    constexpr std::size_t kSmallestRecord = 384;
    if (recordSize < kSmallestRecord)
        return 0;
    std::uint64_t logins = 0;
    for (; bytes.size() >= recordSize; bytes.remove_prefix(recordSize)) {
        std::int16_t type = 0;
        std::memcpy(&type, bytes.data(), sizeof type);
        if (type == kUserProcess && bytes[kUserOffset] != '\0')
            ++logins;
    }
    return logins;
}

} // namespace sextant::platform::parse
