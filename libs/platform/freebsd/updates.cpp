// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/updates.h"

#include "platform/bsd/sysctl.h"
#include "platform/command.h"
#include "platform/parse/updates.h"

#include <utility>

namespace sextant::platform {

namespace {

/// In a jail there is no kernel on the disk, and nothing to say.
void addReboot(UpdatesReading& reading)
{
    const auto running = sysctlText("kern.osrelease");
    const auto installed = runCommand({"/bin/freebsd-version", "-k"}, {std::chrono::seconds(30), std::size_t{1} << 16});
    if (!running || !installed || installed->exitCode != 0)
        return;
    auto reasons = parse::parseInstalledKernel(installed->text, *running);
    if (!reasons)
        return;
    reading.rebootRequired = !reasons->empty();
    reading.rebootReasons = std::move(*reasons);
}

} // namespace

struct UpdatesReader::State {};

UpdatesReader::UpdatesReader(Roots) {}

UpdatesReader::~UpdatesReader() = default;

/// Of packages, by pkg-version(8) and pkg-audit(8) and what they fetched last. The base system's are told only by
/// freebsd-update(8), which asks the network.
Result<UpdatesReading> UpdatesReader::read()
{
    constexpr CommandLimits kLimits{std::chrono::minutes(3), std::size_t{16} << 20};
    const std::string pkg = "/usr/local/sbin/pkg"; // the one in /usr/sbin is only the one that installs it
    const auto versions = runCommand({pkg, "version", "-U", "-R", "-v", "-L", "="}, kLimits);
    if (!versions)
        return tl::unexpected(versions.error());
    if (versions->exitCode != 0)
        return tl::unexpected(endedWith("pkg version", *versions));
    UpdatesReading reading;
    reading.manager = "pkg";
    // It ends with 1 when it found some, and also without a list of holes, which it then says.
    const auto audit = runCommand({pkg, "audit", "-q"}, kLimits);
    const bool isKnown = audit && (audit->exitCode == 0 || (audit->exitCode == 1 && audit->errors.empty()));
    reading.pending = parse::parsePkgVersions(versions->text, isKnown ? &audit->text : nullptr);
    addReboot(reading);
    return reading;
}

} // namespace sextant::platform
