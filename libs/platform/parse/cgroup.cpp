// SPDX-License-Identifier: GPL-3.0-or-later
// Source: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/ of the kernel.
#include "platform/parse/cgroup.h"

#include "platform/parse/container_engine.h"
#include "platform/parse/fields.h"

#include <array>

namespace sextant::platform::parse {
namespace {

constexpr std::size_t kIdDigits = 64;

struct Prefix {
    std::string_view text;
    std::string_view runtime;
};
constexpr std::array kPrefixes{Prefix{"docker-", "docker"}, Prefix{"libpod-", "podman"},
    Prefix{"libpod-payload-", "podman"}, Prefix{"cri-containerd-", "containerd"}, Prefix{"nerdctl-", "containerd"},
    Prefix{"crio-", "cri-o"}};

bool takeEnd(std::string_view& text, std::string_view end)
{
    if (!text.ends_with(end))
        return false;
    text.remove_suffix(end.size());
    return true;
}

bool takeBegin(std::string_view& text, std::string_view begin)
{
    if (!text.starts_with(begin))
        return false;
    text.remove_prefix(begin.size());
    return true;
}

/// "docker-ID.scope", "libpod-ID"; also "kubepods-….slice:cri-containerd:ID", which runc makes of a name meant for
/// systemd when it works without it.
std::optional<ContainerGroup> byPrefix(std::string_view name)
{
    takeEnd(name, ".scope");
    if (name.size() <= kIdDigits)
        return std::nullopt;
    const std::string_view id = name.substr(name.size() - kIdDigits);
    std::string before(name.substr(0, name.size() - kIdDigits));
    if (!isContainerId(id))
        return std::nullopt;
    if (before.ends_with(':')) {
        before.back() = '-';
        before.erase(0, before.rfind(':') + 1); // 0 where there is none
    }
    for (const Prefix& prefix : kPrefixes) {
        if (before == prefix.text)
            return ContainerGroup{std::string(id), {}, std::string(prefix.runtime)};
    }
    return std::nullopt;
}

/// A bare id: the folder above says whose it is, or nobody does.
std::string_view runtimeOfParent(std::string_view parent, std::string_view path)
{
    if (parent == "docker")
        return "docker";
    if (parent == "libpod_parent")
        return "podman";
    if (path.find("/kubepods") != std::string_view::npos)
        return "containerd";
    return "oci";
}

/// A name as systemd writes it in a unit's: "web\x2dold".
std::string unescaped(std::string_view text)
{
    std::string plain;
    while (!text.empty()) {
        if (text.size() >= 4 && text.starts_with("\\x")) {
            if (const auto code = fromHex(text.substr(2, 2))) {
                plain += static_cast<char>(*code);
                text.remove_prefix(4);
                continue;
            }
        }
        plain += text.front();
        text.remove_prefix(1);
    }
    return plain;
}

/// "@1000" for a group of that user's, who may call it like somebody else's.
std::string ofUser(std::string_view path)
{
    constexpr std::string_view kSlice = "/user.slice/user-";
    if (!takeBegin(path, kSlice))
        return {};
    const std::string_view user = path.substr(0, path.find('.'));
    return toUnsigned(user) ? '@' + std::string(user) : std::string();
}

std::optional<ContainerGroup> ofMachine(std::string_view name, std::string_view path)
{
    const auto found = [&](const std::string& machine, const char* runtime) {
        return machine.empty() ? std::nullopt
                               : std::optional(ContainerGroup{std::string(path), printableName(machine), runtime});
    };
    if (takeBegin(name, "systemd-nspawn@") && takeEnd(name, ".service"))
        return found(unescaped(name), "nspawn");
    if (!takeBegin(name, "machine-") || !takeEnd(name, ".scope"))
        return std::nullopt;
    const std::string machine = unescaped(name);
    if (machine.starts_with("qemu-"))
        return std::nullopt; // a virtual machine of libvirt
    if (!machine.starts_with("lxc-"))
        return found(machine, "nspawn");
    const std::size_t dash = machine.find('-', 4); // libvirt's "lxc-1234-name"
    return found(dash == std::string::npos ? machine : machine.substr(dash + 1), "lxc");
}

} // namespace

std::optional<ContainerGroup> containerOfGroup(std::string_view path)
{
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos)
        return std::nullopt;
    std::string_view name = path.substr(slash + 1);
    const std::string_view above = path.substr(0, slash);
    const std::string_view parent = above.substr(above.rfind('/') == std::string_view::npos ? 0 : above.rfind('/') + 1);
    if (isContainerId(name))
        return ContainerGroup{std::string(name), {}, std::string(runtimeOfParent(parent, path))};
    if (auto container = byPrefix(name))
        return container;
    if (parent == "machine.slice")
        return ofMachine(name, path);
    const bool payload = takeBegin(name, "lxc.payload.");
    if (name.empty() || (!payload && parent != "lxc" && parent != "lxc.payload"))
        return std::nullopt;
    return ContainerGroup{std::string(path), printableName(name) + ofUser(path), "lxc"};
}

std::optional<KubernetesName> parseKubernetesLog(std::string_view file)
{
    if (!takeEnd(file, ".log") || file.size() <= kIdDigits + 1)
        return std::nullopt;
    const std::string_view id = file.substr(file.size() - kIdDigits);
    file.remove_suffix(kIdDigits);
    const std::size_t first = file.find('_');
    const std::size_t second = first == std::string_view::npos ? first : file.find('_', first + 1);
    if (!isContainerId(id) || !takeEnd(file, "-") || second >= file.size())
        return std::nullopt;
    const std::string_view pod = file.substr(0, first);
    const std::string_view space = file.substr(first + 1, second - first - 1);
    const std::string_view container = file.substr(second + 1);
    if (pod.empty() || space.empty() || container.empty())
        return std::nullopt;
    return KubernetesName{
        std::string(id), printableName(std::string(space) + '/' + std::string(pod) + '/' + std::string(container))};
}

std::optional<std::uint64_t> groupValue(std::string_view text, std::string_view key)
{
    std::string_view line;
    while (takeLine(text, line)) {
        if (line.starts_with(key) && takeField(line) == key)
            return takeUnsigned(line);
    }
    return std::nullopt;
}

std::optional<std::uint64_t> groupLimit(std::string_view text)
{
    constexpr std::uint64_t kNone = std::uint64_t(1) << 60;
    const auto limit = toUnsigned(trimmed(text));
    return limit && *limit < kNone ? limit : std::nullopt;
}

std::optional<double> parseCpuMax(std::string_view text)
{
    std::string_view line = trimmed(text);
    const std::string_view quota = takeField(line);
    return cpuQuota(quota, line);
}

std::optional<double> cpuQuota(std::string_view quota, std::string_view period)
{
    const auto used = toUnsigned(trimmed(quota));
    const auto of = toUnsigned(trimmed(period));
    if (!used || !of || *of == 0)
        return std::nullopt;
    return static_cast<double>(*used) / static_cast<double>(*of);
}

GroupIo parseIoStat(std::string_view text)
{
    GroupIo io;
    std::string_view line;
    while (takeLine(text, line)) {
        for (std::string_view field = takeField(line); !field.empty(); field = takeField(line)) {
            if (takeBegin(field, "rbytes="))
                io.readBytes += toUnsigned(field).value_or(0);
            else if (takeBegin(field, "wbytes="))
                io.writeBytes += toUnsigned(field).value_or(0);
        }
    }
    return io;
}

GroupIo parseServiceBytes(std::string_view text)
{
    GroupIo io;
    std::string_view line;
    while (takeLine(text, line)) {
        static_cast<void>(takeField(line)); // the device
        const std::string_view operation = takeField(line);
        if (operation == "Read")
            io.readBytes += takeUnsigned(line).value_or(0);
        else if (operation == "Write")
            io.writeBytes += takeUnsigned(line).value_or(0);
    }
    return io;
}

} // namespace sextant::platform::parse
