// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <dirent.h>

#include <cstdint>
#include <memory>
#include <string>

namespace sextant::platform {

/// The folder of processes, walked again and again. Stays open. One thread at a time.
class ProcessFolder {
public:
    explicit ProcessFolder(std::string path);

    /// Starts a walk; Denied, NotFound or Io when the folder cannot be opened.
    [[nodiscard]] Result<void> rewind();

    /// The name of the next process's folder ("1234"), valid until the next call; null at the end. Other entries are
    /// skipped.
    [[nodiscard]] const char* next();

    /// For openat(2), below which the names lie.
    [[nodiscard]] int descriptor() const { return ::dirfd(m_folder.get()); }

private:
    struct Close {
        void operator()(DIR* folder) const { ::closedir(folder); }
    };

    std::string m_path;
    std::unique_ptr<DIR, Close> m_folder;
};

} // namespace sextant::platform
