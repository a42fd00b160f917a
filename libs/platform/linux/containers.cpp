// SPDX-License-Identifier: GPL-3.0-or-later
// Source: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/ of the kernel; what is taken off the memory is what
// docker stats takes off it (docs.docker.com/reference/cli/docker/container/stats).
#include "platform/containers.h"

#include "platform/container_names.h"
#include "platform/linux/cgroup_tree.h"
#include "platform/linux/kernel_file.h"
#include "platform/parse/container_engine.h"
#include "platform/parse/fields.h"
#include "platform/parse/net_dev.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <list>
#include <map>
#include <set>
#include <span>
#include <system_error>
#include <utility>

namespace sextant::platform {
namespace {

using Nanoseconds = std::chrono::nanoseconds;

/// Large enough for memory.stat and for io.stat of a hundred devices.
using Buffer = std::array<char, 16'384>;

/// The files of one group.
class GroupFiles {
public:
    GroupFiles(const std::string& folder, Buffer& buffer)
        : m_folder(folder.empty() ? -1 : ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)), m_buffer(buffer)
    {
    }

    [[nodiscard]] std::optional<std::string_view> text(const char* file) const
    {
        const auto bytes = m_folder.isOpen() ? readOnce(m_folder.number(), file, m_buffer) : std::nullopt;
        return bytes && bytes->size() < m_buffer.size() ? bytes : std::nullopt; // a number may be cut off
    }
    [[nodiscard]] std::optional<std::uint64_t> number(const char* file) const
    {
        const auto bytes = text(file);
        return bytes ? parse::toUnsigned(parse::trimmed(*bytes)) : std::nullopt;
    }
    [[nodiscard]] std::optional<std::uint64_t> limit(const char* file) const
    {
        const auto bytes = text(file);
        return bytes ? parse::groupLimit(*bytes) : std::nullopt;
    }
    [[nodiscard]] std::optional<std::uint64_t> value(const char* file, std::string_view key) const
    {
        const auto bytes = text(file);
        return bytes ? parse::groupValue(*bytes, key) : std::nullopt;
    }

private:
    Descriptor m_folder;
    Buffer& m_buffer;
};

std::optional<Nanoseconds> timeOf(std::optional<std::uint64_t> count, std::uint64_t nanoseconds)
{
    constexpr std::uint64_t kMost = std::uint64_t(1) << 62;
    return count && *count < kMost / nanoseconds ? std::optional(Nanoseconds(*count * nanoseconds)) : std::nullopt;
}

/// Files that were not used lately are given back first: they do not count.
std::optional<std::uint64_t> withoutInactive(std::optional<std::uint64_t> usage, std::optional<std::uint64_t> inactive)
{
    return usage && inactive && *inactive < *usage ? *usage - *inactive : usage;
}

void setIo(Container& container, parse::GroupIo io)
{
    container.readBytes = io.readBytes;
    container.writeBytes = io.writeBytes;
}

void readUnified(const GroupFiles& files, Container& container)
{
    container.taken = std::chrono::steady_clock::now();
    if (const auto cpu = files.text("cpu.stat")) {
        container.cpuTime = timeOf(parse::groupValue(*cpu, "usage_usec"), 1'000);
        container.throttled = timeOf(parse::groupValue(*cpu, "throttled_usec"), 1'000);
    }
    if (const auto cpu = files.text("cpu.max"))
        container.cpuLimit = parse::parseCpuMax(*cpu);
    container.memoryUsed = files.number("memory.current");
    if (const auto memory = files.text("memory.stat")) {
        container.memoryUsed = withoutInactive(container.memoryUsed, parse::groupValue(*memory, "inactive_file"));
        container.memoryCache = parse::groupValue(*memory, "file");
        container.memoryAnonymous = parse::groupValue(*memory, "anon");
    }
    container.memoryLimit = files.limit("memory.max");
    container.swapUsed = files.number("memory.swap.current");
    container.oomKills = files.value("memory.events", "oom_kill");
    if (const auto io = files.text("io.stat"))
        setIo(container, parse::parseIoStat(*io));
    container.pids = files.number("pids.current");
    container.pidsLimit = files.limit("pids.max");
}

void readCpuV1(const CgroupTree& tree, const std::string& path, Buffer& buffer, Container& container)
{
    const GroupFiles cpu(tree.cpu.empty() ? std::string() : tree.cpu + path, buffer);
    container.throttled = timeOf(cpu.value("cpu.stat", "throttled_time"), 1);
    const auto quota = cpu.text("cpu.cfs_quota_us");
    const std::string used(quota.value_or(std::string_view())); // the next file takes its place
    if (const auto period = cpu.text("cpu.cfs_period_us"))
        container.cpuLimit = parse::cpuQuota(used, *period);
    container.taken = std::chrono::steady_clock::now();
    if (!tree.cpuacct.empty())
        container.cpuTime = timeOf(GroupFiles(tree.cpuacct + path, buffer).number("cpuacct.usage"), 1);
}

void readV1(const CgroupTree& tree, const std::string& path, Buffer& buffer, Container& container)
{
    const auto files = [&](const std::string& controller) {
        return GroupFiles(controller.empty() ? std::string() : controller + path, buffer);
    };
    readCpuV1(tree, path, buffer, container);
    const GroupFiles memory = files(tree.memory);
    container.memoryUsed = memory.number("memory.usage_in_bytes");
    if (const auto stat = memory.text("memory.stat")) {
        container.memoryUsed = withoutInactive(container.memoryUsed, parse::groupValue(*stat, "total_inactive_file"));
        container.memoryCache = parse::groupValue(*stat, "total_cache");
        container.memoryAnonymous = parse::groupValue(*stat, "total_rss");
        container.swapUsed = parse::groupValue(*stat, "total_swap");
    }
    container.memoryLimit = memory.limit("memory.limit_in_bytes");
    container.oomKills = memory.value("memory.oom_control", "oom_kill");
    const GroupFiles blkio = files(tree.blkio);
    auto bytes = blkio.text("blkio.throttle.io_service_bytes_recursive"); // since 4.17
    if (!bytes)
        bytes = blkio.text("blkio.throttle.io_service_bytes");
    if (bytes)
        setIo(container, parse::parseServiceBytes(*bytes));
    const GroupFiles pids = files(tree.pids);
    container.pids = pids.number("pids.current");
    container.pidsLimit = pids.limit("pids.max");
}

/// Whether it leads to containers within the container. What goes over it goes over the container's own interfaces,
/// too, and it vanishes with them: counted in, it would make the sum fall.
bool isOfContainersWithin(std::string_view interface)
{
    constexpr std::array<std::string_view, 10> kPrefixes{
        "veth", "docker", "br-", "podman", "cni", "flannel", "cali", "lxcbr", "lxdbr", "incusbr"};
    return std::ranges::any_of(kPrefixes, [&](std::string_view prefix) { return interface.starts_with(prefix); });
}

/// Which network a process is in: by its namespace where that may be read, else by the file that tells of its traffic,
/// which every network has one of.
class Networks {
public:
    explicit Networks(const std::string& proc) : m_proc(proc), m_host(of("1")) {}

    /// What went over its own interfaces, loopback not included; nothing for the host's network.
    void read(std::uint64_t process, Container& container) const
    {
        const std::string name = std::to_string(process);
        const Identity network = of(name);
        if (process == 0 || network.file == 0 || network.file == m_host.file ||
            (!network.space.empty() && network.space == m_host.space))
            return;
        const auto text = readWhole(m_proc + '/' + name + "/net/dev");
        const auto interfaces = text.and_then([](const std::string& bytes) { return parse::parseNetDev(bytes); });
        if (!interfaces)
            return;
        std::uint64_t received = 0, sent = 0;
        for (const NetworkInterface& interface : interfaces->interfaces) {
            if (interface.name == "lo" || isOfContainersWithin(interface.name))
                continue;
            received += interface.receiveBytes;
            sent += interface.transmitBytes;
        }
        container.receiveBytes = received;
        container.transmitBytes = sent;
    }

private:
    struct Identity {
        std::string space;
        ino_t file = 0;
    };

    [[nodiscard]] Identity of(const std::string& process) const
    {
        Identity identity;
        std::error_code denied;
        identity.space = std::filesystem::read_symlink(m_proc + '/' + process + "/ns/net", denied);
        struct stat status = {};
        if (::stat((m_proc + '/' + process + "/net/dev").c_str(), &status) == 0)
            identity.file = status.st_ino;
        return identity;
    }

    const std::string& m_proc;
    Identity m_host;
};

/// Names of one runtime are told apart by what is behind them.
void separate(std::vector<Container>& containers)
{
    std::map<std::pair<std::string, std::string>, int> counts;
    for (const Container& container : containers)
        ++counts[{container.runtime, container.name}];
    for (Container& container : containers) {
        if (counts[{container.runtime, container.name}] > 1)
            container.name += '@' + (parse::isContainerId(container.id) ? container.id.substr(0, 12) : container.id);
    }
}

} // namespace

struct ContainersReader::State {
    Roots roots;
    std::list<ContainerNames> engines; // they hold what cannot be moved
    bool saidMore = false;

    /// Those that an engine may still name, who are left out until it did.
    std::set<std::string> askFor(const FoundContainers& found)
    {
        std::set<std::string> waiting;
        for (ContainerNames& names : engines)
            waiting.merge(names.look(found.idsOf(names.engine().runtime)));
        std::erase_if(waiting, [this](const std::string& id) {
            return std::ranges::any_of(engines, [&](const ContainerNames& names) { return names.find(id) != nullptr; });
        });
        return waiting;
    }

    void name(Container& container) const
    {
        for (const ContainerNames& names : engines) {
            const EngineContainer* known = names.find(container.id);
            if (known == nullptr)
                continue;
            container.healthy = known->healthy;
            container.name = known->name;
            if (container.runtime == "oci")
                container.runtime = names.engine().runtime;
            break;
        }
        if (container.name.empty())
            container.name = container.id.substr(0, 12);
    }
};

ContainersReader::ContainersReader(Roots roots) : m_state(std::make_unique<State>())
{
    constexpr std::chrono::seconds kDeadline{10};
    for (ContainerEngine& engine : containerEngines(roots)) {
        m_state->engines.emplace_back(std::move(engine), [kDeadline](const ContainerEngine& asked) {
            return listContainers(asked, false, std::chrono::steady_clock::now() + kDeadline);
        });
    }
    m_state->roots = std::move(roots);
}

ContainersReader::~ContainersReader() = default;

Result<ContainersReading> ContainersReader::read()
{
    State& state = *m_state;
    const auto tree = CgroupTree::find(state.roots.sys);
    const FoundContainers found = tree ? findContainers(state.roots, *tree) : FoundContainers();
    const std::set<std::string> waiting = state.askFor(found);
    if (!tree || found.containers.empty())
        return fail(ErrorCode::NotAvailable, "no container runs here");
    const Networks networks(state.roots.proc);
    ContainersReading reading;
    Buffer buffer;
    for (const FoundContainer& one : found.containers) {
        if (waiting.contains(one.group.id))
            continue;
        Container container;
        container.id = one.group.id;
        container.name = one.group.name;
        container.runtime = one.group.runtime;
        if (tree->unified)
            readUnified(GroupFiles(tree->root + one.path, buffer), container);
        else
            readV1(*tree, one.path, buffer, container);
        // It vanished meanwhile, or its group was left behind.
        if ((!container.cpuTime && !container.memoryUsed) || container.pids == 0)
            continue;
        networks.read(firstProcess(tree->root + one.path), container);
        state.name(container);
        reading.containers.push_back(std::move(container));
    }
    separate(reading.containers);
    for (ContainerNames& names : state.engines) {
        if (std::string warning = names.takeWarning(); !warning.empty())
            reading.warnings.push_back(std::move(warning));
    }
    if (found.more && !state.saidMore)
        reading.warnings.push_back(
            "more than " + std::to_string(kMaxContainers) + " containers run: the others are left out");
    state.saidMore = found.more;
    return reading;
}

} // namespace sextant::platform
