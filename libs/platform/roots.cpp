// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/roots.h"

#include <cstdlib>

namespace sextant::platform {
namespace {

std::string withoutTrailingSlash(std::string path)
{
    while (path.size() > 1 && path.back() == '/')
        path.pop_back();
    return path;
}

/// The value of an environment variable; empty when it is not set.
std::string variable(const char* name)
{
    const char* value = std::getenv(name);
    return value ? withoutTrailingSlash(value) : std::string();
}

} // namespace

Roots Roots::fromEnvironment()
{
    Roots roots;
    if (std::string root = variable("HOST_ROOT"); !root.empty() && root != "/") {
        roots.proc = root + "/proc";
        roots.sys = root + "/sys";
        roots.root = std::move(root);
    }
    if (std::string proc = variable("HOST_PROC"); !proc.empty())
        roots.proc = std::move(proc);
    if (std::string sys = variable("HOST_SYS"); !sys.empty())
        roots.sys = std::move(sys);
    return roots;
}

std::string Roots::path(const std::string& path) const
{
    if (root == "/")
        return path;
    return path == "/" ? root : root + path;
}

} // namespace sextant::platform
