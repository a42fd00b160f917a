// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/container_tree.h"

#include "platform/linux/cgroup_tree.h"
#include "platform/linux/kernel_file.h"
#include "platform/parse/fields.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace sextant::platform {
namespace {

bool isOfKubernetes(const parse::ContainerGroup& group)
{
    return group.runtime == "containerd" || group.runtime == "cri-o";
}

/// By id. The kubelet's folder may be read by everybody.
std::map<std::string, std::string> kubernetesNames(const Roots& roots)
{
    constexpr std::size_t kMaxNames = 20'000;
    std::map<std::string, std::string> names;
    DIR* folder = ::opendir(roots.path("/var/log/containers").c_str());
    if (folder == nullptr)
        return names;
    while (const dirent* entry = ::readdir(folder)) {
        auto name = parse::parseKubernetesLog(entry->d_name);
        if (name && names.size() < kMaxNames)
            names.emplace(std::move(name->id), std::move(name->name));
    }
    ::closedir(folder);
    return names;
}

/// The one that does nothing but keep a pod's namespaces.
bool isPause(const Roots& roots, const std::string& folder)
{
    const std::uint64_t process = firstProcess(folder);
    std::array<char, 64> buffer{};
    const auto name = readOnce(AT_FDCWD, (roots.proc + '/' + std::to_string(process) + "/comm").c_str(), buffer);
    return process != 0 && name && parse::trimmed(*name) == "pause";
}

} // namespace

FoundContainers findContainers(const Roots& roots)
{
    const auto tree = CgroupTree::find(roots.sys);
    return tree ? findContainers(roots, *tree) : FoundContainers();
}

FoundContainers findContainers(const Roots& roots, const CgroupTree& tree)
{
    FoundContainers found = walkContainers(tree);
    // A user may call a group of his like somebody else's; /user.slice is behind the others.
    std::set<std::string> ids;
    std::erase_if(found.containers, [&](const FoundContainer& one) { return !ids.insert(one.group.id).second; });
    const auto ofKubernetes = [](const FoundContainer& one) { return isOfKubernetes(one.group); };
    if (std::ranges::none_of(found.containers, ofKubernetes))
        return found;
    const auto names = kubernetesNames(roots);
    std::erase_if(found.containers, [&](FoundContainer& one) {
        const auto name = names.find(one.group.id);
        if (name != names.end())
            one.group.name = name->second;
        return name == names.end() && isOfKubernetes(one.group) && isPause(roots, tree.root + one.path);
    });
    return found;
}

} // namespace sextant::platform
