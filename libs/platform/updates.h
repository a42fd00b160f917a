// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// An update that could be installed now. Texts are empty where nobody tells them.
struct PendingUpdate {
    std::string name;             ///< of the package; on Windows the update's title
    std::string installedVersion; ///< what it replaces
    std::string version;
    std::string origin;           ///< the archive that has it; on Windows the numbers of its articles: "KB5034441"
    std::optional<bool> security; ///< it closes a hole; absent where nobody tells

    friend bool operator==(const PendingUpdate&, const PendingUpdate&) = default;
};

/// What the machine knows of its updates by itself, without asking anybody outside.
struct UpdatesReading {
    std::string manager;                                  ///< "apt", "dnf", "windows_update", "pkg", "softwareupdate"
    std::optional<std::vector<PendingUpdate>> pending;    ///< by name; absent where it is not known
    std::optional<bool> rebootRequired;                   ///< absent where nothing would say so
    std::vector<std::string> rebootReasons;               ///< what wants it: packages, or parts of Windows
    std::optional<std::chrono::sys_seconds> listsChanged; ///< when what it goes by last changed
    std::vector<std::string> warnings;
};

/// Looks at the updates. What another program has to work out for seconds is kept and asked for again only when what it
/// goes by changed, and once a day. NotAvailable where this system has no manager of updates that is known here. One
/// thread at a time; up to some minutes.
class UpdatesReader {
public:
    explicit UpdatesReader(Roots roots);
    ~UpdatesReader();
    UpdatesReader(const UpdatesReader&) = delete;
    UpdatesReader& operator=(const UpdatesReader&) = delete;

    [[nodiscard]] Result<UpdatesReading> read();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sextant::platform
