// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/config/settings.h"
#include "metrics/result.h"
#include "process/folders.h"

#include <map>
#include <string>
#include <vector>

namespace sextant::agent {

/// Where settings come from. A flag wins over a variable, and that over the file.
struct ConfigSources {
    std::string file = process::configFile("agent");
    bool fileRequired = false;                    ///< --config was given: a missing file is then an error
    std::map<std::string, std::string> variables; ///< the environment variables that begin with SEXTANT_
    std::map<std::string, std::string> flags;     ///< by setting key, e.g. "log.level"
};

/// What was loaded, and what in it deserves a warning.
struct LoadedSettings {
    Settings settings;
    std::vector<std::string> warnings; ///< variables that look like ours and are no setting
};

/// Reads all sources. Invalid or Malformed with one line per mistake, all mistakes at once: "file:line: …", "variable
/// NAME: …", "flag --name: …". An unknown key in the file is a mistake; a missing default file is none.
[[nodiscard]] Result<LoadedSettings> loadSettings(const ConfigSources& sources);

} // namespace sextant::agent
