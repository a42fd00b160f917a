// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/packages.h"

#include <algorithm>
#include <tuple>

namespace sextant::platform {

void sortPackages(std::vector<Package>& packages)
{
    std::ranges::sort(packages, {}, [](const Package& package) {
        return std::tie(package.name, package.version, package.architecture, package.account);
    });
}

} // namespace sextant::platform
