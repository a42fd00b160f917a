// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/services.h"

#include "platform/command.h"
#include "platform/parse/systemd_units.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sextant::platform {
namespace {

constexpr CommandLimits kLimits{std::chrono::seconds(20), std::size_t{16} << 20};

Result<std::string> systemctl(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), "/usr/bin/systemctl");
    auto answer = runCommand(arguments, kLimits);
    if (!answer)
        return tl::unexpected(answer.error());
    if (answer->exitCode != 0)
        return tl::unexpected(endedWith("systemctl " + arguments[1], *answer));
    return std::move(answer->text);
}

} // namespace

struct ServicesReader::State {
    Roots roots;
};

ServicesReader::ServicesReader(Roots roots) : m_state(new State{std::move(roots)}) {}

ServicesReader::~ServicesReader() = default;

Result<ServicesReading> ServicesReader::read()
{
    const Roots& roots = m_state->roots;
    if (!roots.live())
        return fail(ErrorCode::NotAvailable, "systemd tells the services of its own system only, not of " + roots.root);
    if (::access("/run/systemd/system", F_OK) != 0) // sd_booted(3)
        return fail(ErrorCode::NotAvailable, "this system was not started by systemd");
    // Those in memory; what is neither running nor wanted by anything is told by its file only.
    const auto units =
        systemctl({"show", "--no-pager", "--property=" + std::string(parse::kUnitProperties), "--", "*.service"});
    if (!units)
        return tl::unexpected(units.error());
    ServicesReading reading;
    reading.manager = "systemd";
    reading.services = parse::parseUnits(*units);
    const auto files = systemctl({"list-unit-files", "--no-pager", "--no-legend", "--full", "--type=service"});
    if (files)
        std::ranges::move(parse::parseUnitFiles(*files, reading.services), std::back_inserter(reading.services));
    else
        reading.warnings.push_back(files.error().message);
    std::ranges::sort(reading.services, {}, &Service::name);
    return reading;
}

} // namespace sextant::platform
