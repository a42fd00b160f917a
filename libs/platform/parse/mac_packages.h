// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/packages.h"

#include <string>
#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// What `pkgutil --regexp --pkg-info .*` prints of the receipts that installers left on macOS: blocks of "key: value"
/// lines, each begun by "package-id". Those without a version are left out.
[[nodiscard]] std::vector<Package> parseReceipts(std::string_view text);

/// The text of that key in the outermost dictionary of a property list in XML (plist(5)); empty when it has none. No
/// full reader of XML: comments and CDATA, which Apple's tools do not write, are not understood.
[[nodiscard]] std::string plistText(std::string_view xml, std::string_view key);

/// An application by the Info.plist of its folder ("Safari.app"), in XML. Without a version, which an application may
/// lack, `version` is empty.
[[nodiscard]] Package applicationOf(std::string_view folder, std::string_view infoPlist);

} // namespace sextant::platform::parse
