// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/diskio.h"

#include "platform/bsd/sysctl.h"
#include "platform/parse/freebsd_devstat.h"
#include "platform/parse/freebsd_layout.h"

#include <ctime>

namespace sextant::platform {

struct DiskIoReader::State {};

DiskIoReader::DiskIoReader(Roots) {}

DiskIoReader::~DiskIoReader() = default;

Result<DiskIoReading> DiskIoReader::read()
{
    const auto version = sysctlNumber("kern.devstat.version");
    if (!version)
        return tl::unexpected(version.error());
    if (*version != parse::freebsd::DevstatLayout::kVersion)
        return fail(ErrorCode::NotAvailable, "kern.devstat is of version " + std::to_string(*version) + ", not 6");
    const auto bytes = sysctlBytes("kern.devstat.all");
    if (!bytes)
        return tl::unexpected(bytes.error());
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    auto devices =
        parse::parseDevstat(*bytes, std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
    if (!devices)
        return tl::unexpected(devices.error());
    std::erase_if(*devices, [](const BlockDevice& device) {
        return device.kind == BlockDeviceKind::Loop && device.reads == 0 && device.writes == 0;
    });
    DiskIoReading reading;
    reading.devices = std::move(*devices);
    return reading;
}

} // namespace sextant::platform
