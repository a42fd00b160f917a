// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/linux/cgroup_tree.h"

#include "platform/containers.h"
#include "platform/linux/kernel_file.h"
#include "platform/parse/fields.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace sextant::platform {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxDepth = 12;
constexpr std::size_t kMaxFolders = 50'000;

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

bool isFolder(DIR* folder, const dirent& entry)
{
    if (entry.d_type != DT_UNKNOWN)
        return entry.d_type == DT_DIR;
    struct stat status = {};
    return ::fstatat(::dirfd(folder), entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

/// The names of the groups directly in that folder.
std::vector<std::string> groupsIn(const std::string& folder)
{
    std::vector<std::string> names;
    const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.c_str()));
    if (!open)
        return names;
    while (const dirent* entry = ::readdir(open.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != ".." && isFolder(open.get(), *entry))
            names.emplace_back(name);
    }
    return names;
}

class Walk {
public:
    explicit Walk(const std::string& root) : m_root(root) {}

    void below(const std::string& path, std::size_t depth)
    {
        if (depth > kMaxDepth || ++m_folders > kMaxFolders)
            return;
        for (const std::string& name : groupsIn(m_root + path)) {
            std::string child = path + '/' + name;
            if (auto group = parse::containerOfGroup(child)) {
                if (found.containers.size() == kMaxContainers) {
                    found.more = true;
                    return;
                }
                found.containers.push_back({std::move(*group), std::move(child)});
            } else {
                below(child, depth + 1);
            }
        }
    }

    FoundContainers found;

private:
    const std::string& m_root;
    std::size_t m_folders = 0;
};

std::uint64_t ownProcess(const std::string& folder)
{
    std::array<char, 512> buffer{};
    const auto text = readOnce(AT_FDCWD, (folder + "/cgroup.procs").c_str(), buffer);
    if (!text)
        return 0;
    std::string_view rest = *text;
    std::string_view line;
    // 0: of a process that this one's namespace does not show. The last line may be cut off: it does not count.
    while (parse::takeLine(rest, line)) {
        const auto process = parse::toUnsigned(line);
        if (process && *process != 0 && (!rest.empty() || text->ends_with('\n')))
            return *process;
    }
    return 0;
}

std::uint64_t firstProcess(const std::string& folder, std::size_t depth)
{
    constexpr std::size_t kDeepest = 4;
    if (const std::uint64_t process = ownProcess(folder); process != 0 || depth == kDeepest)
        return process;
    std::vector<std::string> groups = groupsIn(folder);
    std::erase(groups, "supervisor");
    // Those of the container's own first process come first: others may be in a network of a container within.
    constexpr std::array<std::string_view, 4> kOwn{"container", "payload", "init.scope", "ns"};
    std::ranges::stable_sort(groups, {}, [&](const std::string& name) { return std::ranges::find(kOwn, name); });
    for (const std::string& group : groups) {
        if (const std::uint64_t process = firstProcess(folder + '/' + group, depth + 1))
            return process;
    }
    return 0;
}

} // namespace

std::optional<CgroupTree> CgroupTree::find(const std::string& sys)
{
    const std::string mounts = sys + "/fs/cgroup";
    std::error_code error;
    CgroupTree tree;
    if (fs::exists(mounts + "/cgroup.controllers", error)) {
        tree.unified = true;
        tree.root = mounts;
        return tree;
    }
    const auto controller = [&](const char* name) {
        const std::string folder = mounts + '/' + name;
        return fs::is_directory(folder, error) ? folder : std::string();
    };
    tree.cpu = controller("cpu"); // with systemd a link to "cpu,cpuacct"
    tree.cpuacct = controller("cpuacct");
    tree.memory = controller("memory");
    tree.blkio = controller("blkio");
    tree.pids = controller("pids");
    for (const std::string& folder : {tree.memory, tree.cpuacct, tree.cpu, tree.pids}) {
        if (tree.root.empty())
            tree.root = folder;
    }
    return tree.root.empty() ? std::nullopt : std::optional(std::move(tree));
}

FoundContainers walkContainers(const CgroupTree& tree)
{
    Walk walk(tree.root);
    walk.below({}, 0);
    std::ranges::sort(walk.found.containers, {}, &FoundContainer::path);
    return std::move(walk.found);
}

std::uint64_t firstProcess(const std::string& folder)
{
    return firstProcess(folder, 0);
}

} // namespace sextant::platform
