// SPDX-License-Identifier: GPL-3.0-or-later
// launchd's jobs by launchctl(1). Its `list` is the older of its two lists, in a form that has stayed since 2005; of
// `print` its manual says that it may change at any time.
#include "platform/services.h"

#include "platform/command.h"
#include "platform/parse/launchd_jobs.h"

#include <unistd.h>

#include <algorithm>

namespace sextant::platform {
namespace {

Result<std::string> launchctl(const std::vector<std::string>& arguments)
{
    std::vector<std::string> command{"/bin/launchctl"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    auto output = runCommand(command, {std::chrono::seconds(10), std::size_t{4} << 20});
    if (!output)
        return tl::unexpected(output.error());
    if (output->exitCode != 0)
        return tl::unexpected(endedWith("launchctl " + arguments.front(), *output));
    return std::move(output->text);
}

} // namespace

/// Each read asks launchd anew: there is nothing to keep.
struct ServicesReader::State {};

ServicesReader::ServicesReader(Roots) {}

ServicesReader::~ServicesReader() = default;

Result<ServicesReading> ServicesReader::read()
{
    if (::geteuid() != 0) // others are told the jobs of their own session
        return fail(ErrorCode::NotAvailable, "launchd lists the system's jobs for root only");
    auto jobs = launchctl({"list"}).and_then([](const std::string& text) { return parse::parseLaunchdJobs(text); });
    if (!jobs)
        return tl::unexpected(jobs.error());
    ServicesReading reading;
    reading.manager = "launchd";
    reading.services = std::move(*jobs);
    if (const auto disabled = launchctl({"print-disabled", "system"}))
        parse::applyDisabledJobs(*disabled, reading.services);
    else
        reading.warnings.push_back(disabled.error().message);
    std::ranges::sort(reading.services, {}, &Service::name);
    return reading;
}

} // namespace sextant::platform
