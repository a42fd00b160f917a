// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/folders.h"

#include "process/windows/wide_text.h"

#include <shlobj.h>
#include <windows.h>

namespace sextant::process {
namespace {

/// Asked of the shell: a service's variable ProgramData is not to be relied on.
std::string programData()
{
    wchar_t* path = nullptr;
    const HRESULT told = SHGetKnownFolderPath(FOLDERID_ProgramData, KF_FLAG_DEFAULT, nullptr, &path);
    std::string folder = SUCCEEDED(told) ? narrow(path) : "C:\\ProgramData";
    CoTaskMemFree(path);
    return folder + "\\Sextant\\";
}

} // namespace

std::string configFile(std::string_view program)
{
    return programData() + std::string(program) + ".toml";
}

std::string stateFolder(std::string_view program)
{
    return programData() + std::string(program);
}

} // namespace sextant::process
