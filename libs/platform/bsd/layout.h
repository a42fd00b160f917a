// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/parse/bsd_interfaces.h"
#include "platform/parse/bsd_mounts.h"

namespace sextant::platform {

/// How this system writes its mounts and interfaces, and which listing of NET_RT gives the latter. Each of freebsd/ and
/// darwin/ gives its own, beside the proof that its layouts are those of the system's headers.
[[nodiscard]] const parse::MountLayout& mountLayout();
[[nodiscard]] const parse::InterfaceLayout& interfaceLayout();
[[nodiscard]] int interfaceListing();

} // namespace sextant::platform
