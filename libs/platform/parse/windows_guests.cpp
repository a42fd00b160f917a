// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/windows_guests.h"

#include "platform/parse/fields.h"

#include <algorithm>
#include <tuple>

namespace sextant::platform::parse {
namespace {

std::optional<std::uint64_t> numberOf(const std::optional<std::string>& text)
{
    return text ? toUnsigned(*text) : std::nullopt;
}

bool isGuid(std::string_view text)
{
    constexpr std::string_view kForm = "00000000-0000-0000-0000-000000000000";
    return text.size() == kForm.size() && std::ranges::equal(text, kForm, [](char c, char form) {
        return form == '-' ? c == '-' : (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
    });
}

/// EnabledState of Msvm_ComputerSystem.
std::string stateOf(std::uint64_t number)
{
    switch (number) {
    case 2:
        return "running";
    case 3:
        return "off";
    case 4:
    case 32'774:
        return "stopping";
    case 6:
    case 32'769:
        return "saved";
    case 9:
    case 32'768:
        return "paused";
    case 10:
    case 32'770:
        return "starting";
    case 32'773:
        return "saving";
    case 32'776:
        return "pausing";
    case 32'777:
        return "resuming";
    default:
        return "unknown";
    }
}

} // namespace

std::vector<Guest> parseGuests(const WorkerRows& rows)
{
    constexpr std::uint64_t kHealthy = 5;
    std::vector<Guest> guests;
    for (const WorkerRow& row : rows) {
        if (row.size() != kGuestColumns.size() || !row[0] || !isGuid(*row[0]))
            continue;
        Guest& guest = guests.emplace_back();
        guest.id = *row[0];
        guest.name = row[1].value_or(std::string());
        guest.state = stateOf(numberOf(row[2]).value_or(0));
        if (const auto health = numberOf(row[3]))
            guest.healthy = *health == kHealthy;
    }
    std::ranges::sort(
        guests, [](const Guest& a, const Guest& b) { return std::tie(a.name, a.id) < std::tie(b.name, b.id); });
    return guests;
}

} // namespace sextant::platform::parse
