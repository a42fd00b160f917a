// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/service_action.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sextant::process {

std::optional<ServiceAction> parseServiceAction(std::string_view text)
{
    static constexpr std::array<std::pair<std::string_view, ServiceAction>, 8> kActions{{
        {"install", ServiceAction::Install},
        {"uninstall", ServiceAction::Uninstall},
        {"start", ServiceAction::Start},
        {"stop", ServiceAction::Stop},
        {"status", ServiceAction::Status},
        {"run", ServiceAction::Run},
        {"install-finish", ServiceAction::InstallFinish},
        {"uninstall-finish", ServiceAction::UninstallFinish},
    }};
    const auto* const found = std::ranges::find(kActions, text, &decltype(kActions)::value_type::first);
    return found == kActions.end() ? std::nullopt : std::optional(found->second);
}

} // namespace sextant::process
