// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/services.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sextant::platform::parse {

/// What the service control manager says of a service, in the numbers of <winsvc.h>. What it refused to say is absent.
struct ServiceRecord {
    std::string name;
    std::string displayName;
    std::string description;
    std::uint32_t state = 0;                ///< SERVICE_RUNNING…
    std::optional<std::uint32_t> startType; ///< SERVICE_AUTO_START…
    bool delayed = false;
    std::optional<std::uint32_t> triggers; ///< how many
    std::uint32_t pid = 0;
    std::uint32_t exitCode = 0;
    std::uint32_t specificExitCode = 0; ///< counts where exitCode says so
    std::string account;
    std::string imagePath; ///< a command line
    struct Recovery {
        std::vector<std::pair<std::uint32_t, std::uint32_t>> steps; ///< SC_ACTION: type and milliseconds
        std::uint32_t resetSeconds = 0;                             ///< INFINITE: never
    };
    std::optional<Recovery> recovery;
};

[[nodiscard]] Service serviceOf(const ServiceRecord& record);

/// The program of a command line: what stands in quotes; without them up to the first ".exe" or ".sys" that a blank or
/// the end follows, else up to the first blank.
[[nodiscard]] std::string_view programOfCommandLine(std::string_view commandLine);

} // namespace sextant::platform::parse
