// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/diskio.h"

#include "platform/linux/kernel_file.h"
#include "platform/parse/diskstats.h"
#include "platform/parse/fields.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <unordered_map>

namespace sextant::platform {
namespace {

constexpr unsigned kRamMajor = 1; // fixed numbers: the kernel's Documentation/admin-guide/devices.txt
constexpr unsigned kLoopMajor = 7;

/// What a device is; it does not change while the device exists, but for a mapped device's name.
struct DeviceFacts {
    BlockDeviceKind kind = BlockDeviceKind::Disk;
    std::string name;
};

/// "sda1" of "sda", "nvme0n1p2" of "nvme0n1": the kernel's rule for naming a partition.
bool isPartitionName(std::string_view name, std::string_view disk)
{
    if (disk.empty() || name.size() <= disk.size() || !name.starts_with(disk))
        return false;
    std::string_view rest = name.substr(disk.size());
    if (disk.back() >= '0' && disk.back() <= '9') {
        if (rest.front() != 'p')
            return false;
        rest.remove_prefix(1);
    }
    return parse::toUnsigned(rest).has_value();
}

} // namespace

struct DiskIoReader::State {
    explicit State(const Roots& roots) : stats(roots.proc + "/diskstats"), classPath(roots.sys + "/class/block") {}

    [[nodiscard]] const DeviceFacts& factsOf(const parse::DiskStatsLine& line);
    [[nodiscard]] DeviceFacts lookUp(const parse::DiskStatsLine& line) const;
    [[nodiscard]] bool exists(const std::string& path) const;

    KernelFile stats;
    std::string classPath;
    Descriptor classFolder;
    std::string lastDisk;                               // the whole device last met in the kernel's order
    std::unordered_map<std::string, DeviceFacts> facts; // by number and kernel name
    unsigned age = 0;
};

bool DiskIoReader::State::exists(const std::string& path) const
{
    return ::faccessat(classFolder.number(), path.c_str(), F_OK, 0) == 0;
}

DeviceFacts DiskIoReader::State::lookUp(const parse::DiskStatsLine& line) const
{
    const std::string& kernelName = line.device.kernelName;
    DeviceFacts found{BlockDeviceKind::Disk, kernelName};
    // sysfs writes a slash in a device's name (cciss/c0d0) as "!".
    std::string folder = kernelName;
    for (char& c : folder)
        c = c == '/' ? '!' : c;
    if (line.major == kLoopMajor) {
        found.kind = BlockDeviceKind::Loop;
    } else if (line.major == kRamMajor || exists(folder + "/mm_stat")) {
        found.kind = BlockDeviceKind::Memory;
    } else if (!exists(folder)) { // no sysfs: the kernel lists partitions right after their disk
        if (isPartitionName(kernelName, lastDisk))
            found.kind = BlockDeviceKind::Partition;
    } else if (exists(folder + "/partition")) {
        found.kind = BlockDeviceKind::Partition;
    } else if (exists(folder + "/dm") || exists(folder + "/md") || exists(folder + "/bcache")) {
        found.kind = BlockDeviceKind::Layered;
        std::array<char, 256> buffer;
        const auto name = readOnce(classFolder.number(), (folder + "/dm/name").c_str(), buffer);
        if (name && !parse::trimmed(*name).empty())
            found.name = parse::trimmed(*name);
    }
    return found;
}

const DeviceFacts& DiskIoReader::State::factsOf(const parse::DiskStatsLine& line)
{
    const std::string key =
        std::to_string(line.major) + ':' + std::to_string(line.minor) + ' ' + line.device.kernelName;
    auto place = facts.find(key);
    if (place == facts.end())
        place = facts.emplace(key, lookUp(line)).first;
    if (place->second.kind != BlockDeviceKind::Partition)
        lastDisk = line.device.kernelName;
    return place->second;
}

DiskIoReader::DiskIoReader(Roots roots) : m_state(std::make_unique<State>(roots)) {}

DiskIoReader::~DiskIoReader() = default;

Result<DiskIoReading> DiskIoReader::read()
{
    constexpr unsigned kFactsReads = 30; // then looked up again: a mapped device may have been renamed
    auto stats = m_state->stats.read().and_then(parse::parseDiskStats);
    if (!stats)
        return tl::unexpected(stats.error());
    if (m_state->age++ % kFactsReads == 0) {
        m_state->facts.clear();
        m_state->classFolder = Descriptor(::open(m_state->classPath.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    }
    DiskIoReading reading;
    if (!m_state->classFolder.isOpen())
        reading.warnings.push_back("cannot open " + m_state->classPath + "; devices are told apart by their names");
    if (stats->broken > 0)
        reading.warnings.push_back(
            std::to_string(stats->broken) + " lines of /proc/diskstats do not follow its format");
    for (parse::DiskStatsLine& line : stats->lines) {
        const DeviceFacts& facts = m_state->factsOf(line);
        const bool noDisk = facts.kind == BlockDeviceKind::Loop || facts.kind == BlockDeviceKind::Memory;
        if (noDisk && line.device.reads == 0 && line.device.writes == 0)
            continue;
        line.device.kind = facts.kind;
        line.device.name = facts.name;
        reading.devices.push_back(std::move(line.device));
    }
    return reading;
}

} // namespace sextant::platform
