// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/diskio.h"

#include "platform/parse/windows_disks.h"
#include "platform/parse/windows_layout.h"
#include "platform/windows/disk_counters.h"
#include "platform/windows/disk_list.h"
#include "platform/windows/handle.h"
#include "platform/windows/wide.h"
#include "platform/windows/windows_api.h"
#include "platform/windows/windows_error.h"

#include <array>

namespace sextant::platform {
namespace {

using Performances = std::map<unsigned, parse::DiskPerformance>;

/// Opened without any right to the disk, which is enough to be told of it, and does not wake it.
Result<parse::DiskPerformance> askDisk(unsigned number)
{
    const std::string name = "\\\\.\\PhysicalDrive" + std::to_string(number);
    const Handle disk(
        ::CreateFileW(toWide(name).c_str(), 0, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING, 0, nullptr));
    if (!disk.isOpen())
        return tl::unexpected(lastError(name));
    std::array<std::byte, parse::windows::DiskPerformanceLayout::kSize> bytes{};
    DWORD filled = 0;
    if (::DeviceIoControl(disk.get(), IOCTL_DISK_PERFORMANCE, nullptr, 0, bytes.data(),
            static_cast<DWORD>(bytes.size()), &filled, nullptr) == 0)
        return tl::unexpected(lastError(name));
    return parse::parseDiskPerformance(std::span(bytes).first(std::min<std::size_t>(filled, bytes.size())));
}

} // namespace

struct DiskIoReader::State {
    [[nodiscard]] Result<Performances> ask(std::vector<std::string>& warnings);

    DiskCounters counters;
    std::map<unsigned, parse::DiskHistory> histories;
};

/// Each disk by itself; where a driver does not know the question, all of them by the performance counters.
Result<Performances> DiskIoReader::State::ask(std::vector<std::string>& warnings)
{
    const auto disks = listDisks();
    if (!disks)
        return tl::unexpected(disks.error());
    Performances performances;
    bool unknown = disks->empty();
    for (const unsigned disk : *disks) {
        const auto performance = askDisk(disk);
        if (performance)
            performances[disk] = *performance;
        else if (performance.error().code == ErrorCode::NotAvailable)
            unknown = true;
        else if (performance.error().code != ErrorCode::NotFound) // it was taken out
            warnings.push_back(performance.error().message);
    }
    if (!unknown)
        return performances;
    auto counted = counters.read();
    if (!counted && performances.empty())
        return counted;
    if (counted)
        performances.merge(*counted);
    return performances;
}

DiskIoReader::DiskIoReader(Roots) : m_state(std::make_unique<State>()) {}

DiskIoReader::~DiskIoReader() = default;

Result<DiskIoReading> DiskIoReader::read()
{
    DiskIoReading reading;
    const auto performances = m_state->ask(reading.warnings);
    if (!performances)
        return tl::unexpected(performances.error());
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    for (const auto& [disk, performance] : *performances)
        reading.devices.push_back(m_state->histories[disk].add(disk, performance, now));
    std::erase_if(
        m_state->histories, [&performances](const auto& known) { return !performances->contains(known.first); });
    return reading;
}

} // namespace sextant::platform
