// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/battery.h"

#include "platform/linux/kernel_file.h"
#include "platform/parse/battery.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace sextant::platform {

Result<BatteryReading> readBatteries(const Roots& roots)
{
    constexpr std::size_t kMaxSupplies = 100;
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(roots.sys + "/class/power_supply", error), end;
         !error && entry != end && files.size() < kMaxSupplies; entry.increment(error))
        files.push_back(entry->path() / "uevent");
    std::ranges::sort(files);
    std::vector<std::string> uevents;
    for (const std::filesystem::path& file : files) {
        if (auto text = readWhole(file)) // else it was just taken out
            uevents.push_back(std::move(*text));
    }
    BatteryReading reading = parse::parsePowerSupplies(uevents);
    if (reading.batteries.empty())
        return fail(ErrorCode::NotAvailable, "this machine has no battery");
    return reading;
}

} // namespace sextant::platform
