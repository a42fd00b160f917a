// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <string>
#include <string_view>

namespace sextant::process {

/// The account of its own that Windows has for every service, "NT SERVICE\NAME": without a password, without rights but
/// those of any user, and known by a SID that follows from the service's name alone (MS-DTYP 2.4.2.4, "NT_SERVICE").

/// "NT SERVICE\\SextantServer".
[[nodiscard]] std::string serviceAccount(std::string_view service);

/// "S-1-5-80-…": the SHA-1 of the name in capitals and UTF-16, as five numbers. Needs no service of that name.
[[nodiscard]] std::string serviceSid(std::string_view service);

/// The access list "D:…" (SDDL) with one more entry, "(A;OICI;FA;;;S-1-5-80-…)", at the place that Windows wants: after
/// what is denied, before what is inherited. A list that is marked as inheriting (AI) says that it is to stay so (AR),
/// without which a system that is given it takes the mark away ([MS-DTYP] 2.4.6). The same text when it has the entry,
/// and when it is a list that lets everybody do everything.
[[nodiscard]] std::string accessListWith(std::string_view list, std::string_view entry);

// Both need the rights to change the access list of what is there (Denied), and are done once: again they change
// nothing. A link is given no rights, and none is followed: a service must not be able to have itself let in elsewhere.
// NotFound, Conflict for a link, Io.

/// Lets the account of a service read a file; or enter a folder, list it, and read the files in it that take their
/// rights from it, but nothing below.
[[nodiscard]] Result<void> letServiceRead(const std::string& path, std::string_view service);

/// Gives a folder, with all that is and will be in it, to the account of a service, beside those who have it. What
/// could not be given does not keep the rest from it: the first such failure is told.
[[nodiscard]] Result<void> letServiceOwn(const std::string& folder, std::string_view service);

} // namespace sextant::process
