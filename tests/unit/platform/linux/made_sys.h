// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/roots.h"

#include <QTemporaryDir>

#include <filesystem>
#include <fstream>
#include <string>

namespace sextant::platform {

/// A tree like /sys in a folder, with the links between classes and devices. Paths are below it.
class MadeSys {
public:
    MadeSys() : m_sys(m_folder.path().toStdString()) {}

    void write(const std::string& file, const std::string& text) const
    {
        std::filesystem::create_directories((m_sys / file).parent_path());
        std::ofstream(m_sys / file) << text;
    }
    /// Makes the folder `to` when it is not there.
    void link(const std::string& from, const std::string& to) const
    {
        std::filesystem::create_directories((m_sys / from).parent_path());
        std::filesystem::create_directories(m_sys / to);
        std::filesystem::create_symlink(m_sys / to, m_sys / from);
    }
    [[nodiscard]] Roots roots() const { return {"/nowhere", m_sys, "/nowhere"}; }

protected:
    QTemporaryDir m_folder;
    std::filesystem::path m_sys;
};

} // namespace sextant::platform
