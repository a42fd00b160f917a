// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/linux/process_folder.h"

#include "platform/linux/kernel_file.h"

#include <cerrno>

namespace sextant::platform {

ProcessFolder::ProcessFolder(std::string path) : m_path(std::move(path)) {}

Result<void> ProcessFolder::rewind()
{
    if (m_folder) {
        ::rewinddir(m_folder.get());
        return {};
    }
    m_folder.reset(::opendir(m_path.c_str()));
    if (!m_folder)
        return tl::unexpected(errorFor(errno, m_path));
    return {};
}

const char* ProcessFolder::next()
{
    while (const dirent* entry = ::readdir(m_folder.get())) {
        // Only processes begin with a digit in /proc.
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
            return entry->d_name;
    }
    return nullptr;
}

} // namespace sextant::platform
