// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/disks.h"

#include <memory>
#include <string>
#include <vector>

namespace sextant::platform {

/// The volumes that have a drive letter or a folder, and the network drives of this process's account: mount point,
/// device (`\\?\Volume{…}`, `\\server\share`) and kind. None of them is asked, so this never waits for one. Any thread.
[[nodiscard]] Result<std::vector<FileSystem>> listVolumes();

/// What asking a volume for its space also tells: its type and whether it is read-only. Kept from the last answer, by
/// mount point. Any thread.
class VolumeFacts {
public:
    VolumeFacts();

    /// The call that may wait. It keeps what it needs alive.
    [[nodiscard]] FileSystemProbe probe() const;
    void fillIn(FileSystem& volume) const;

private:
    struct Shared;
    std::shared_ptr<Shared> m_shared;
};

} // namespace sextant::platform
