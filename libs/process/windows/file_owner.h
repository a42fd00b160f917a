// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <span>
#include <string>
#include <string_view>

namespace sextant::process {

// Whoever owns a file or folder can give himself every right to it, whatever its access list says; and every user of a
// machine may make what is not there yet in C:\ProgramData. So settings and keys are believed, and a folder is used for
// them, only where they belong to somebody who could as well change the program.

/// Whether that is so of an account, by its SID as text ("S-1-5-18"): the system, the administrators, a service
/// ("S-1-5-80-…", Windows' installer of itself is one), or `own`, the account that asks.
[[nodiscard]] bool isTrustedOwner(std::string_view sid, std::string_view own);

/// The account that this process runs as, "S-1-5-18"; empty when it cannot be known.
[[nodiscard]] std::string ownSid();

/// Denied, with a sentence on who it is and what to do, unless the owner, a SID or null for none, is trusted.
[[nodiscard]] Result<void> checkOwner(void* owner, const std::string& path);

/// The same of what lies at `path`, and first of the link, where it is one. Nothing there: no error. NotFound never,
/// Denied also when the owner is not told to this account.
[[nodiscard]] Result<void> checkOwner(const std::string& path);

/// The access list ("D:P…", SDDL) of what is private: protected from what the folder above hands down, and all rights
/// for the system, the administrators, the SIDs of `services`, and `own` unless it is empty. What is made in a folder
/// gets the same.
[[nodiscard]] std::string privateAccessList(
    bool isFolder, const std::string& own, std::span<const std::string> services);

} // namespace sextant::process
