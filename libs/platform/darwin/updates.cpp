// SPDX-License-Identifier: GPL-3.0-or-later
// By softwareupdate(8), of what the system itself found when it last asked Apple: with --no-scan it does not ask anew.
// Whether the machine has to be restarted it does not say: an update that wants it restarts by itself.
#include "platform/updates.h"

#include "platform/command.h"
#include "platform/parse/updates.h"

namespace sextant::platform {

/// Each read asks anew: there is nothing to keep.
struct UpdatesReader::State {};

UpdatesReader::UpdatesReader(Roots) {}

UpdatesReader::~UpdatesReader() = default;

Result<UpdatesReading> UpdatesReader::read()
{
    const auto output = runCommand(
        {"/usr/sbin/softwareupdate", "--list", "--no-scan"}, {std::chrono::minutes(2), std::size_t{1} << 20});
    if (!output)
        return tl::unexpected(output.error());
    if (output->exitCode != 0)
        return tl::unexpected(endedWith("softwareupdate", *output));
    UpdatesReading reading;
    reading.manager = "softwareupdate";
    auto pending = parse::parseSoftwareUpdates(output->text + '\n' + output->errors);
    if (pending)
        reading.pending = std::move(*pending);
    else
        reading.warnings.push_back(pending.error().message);
    return reading;
}

} // namespace sextant::platform
