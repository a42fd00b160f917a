// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

/// Lets every user of the machine read the file; false when the system refuses.
[[nodiscard]] bool letEverybodyRead(const std::string& path);
