// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <string>
#include <string_view>

namespace sextant::process {

// How a secret lies in a private file (private_files.h). On Windows it is encrypted by the system for this machine
// (DPAPI, machine scope), so that the file is worth nothing on another one; who may read it here, the file's access
// list says. Other systems keep it as it is.

/// What to write. Io when the system does not encrypt.
[[nodiscard]] Result<std::string> protectForMachine(std::string_view secret);

/// The secret again, from what protectForMachine() made or from the secret itself as older versions wrote it. Denied
/// when it is from another machine or damaged: which of the two, Windows does not tell.
[[nodiscard]] Result<std::string> unprotect(std::string_view kept);

/// Whether protectForMachine() would make something else of what a file holds.
[[nodiscard]] bool isUnprotected(std::string_view kept);

} // namespace sextant::process
