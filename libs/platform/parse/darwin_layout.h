// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

/// Sizes and offsets, in bytes, of what the macOS kernel writes on x86_64 and arm64 (both LP64, so both the same), from
/// the headers of its SDK. darwin/layout.cpp holds each against the real header when it is compiled for macOS.
namespace sextant::platform::parse::darwin {

/// <mach/machine.h>: host_processor_info(PROCESSOR_CPU_LOAD_INFO) gives `natural_t[CPUs][CPU_STATE_MAX]`.
struct CpuLoadLayout {
    static constexpr std::size_t kStates = 4, kUser = 0, kSystem = 1, kIdle = 2, kNice = 3;
};

/// struct vm_statistics64 of <mach/vm_statistics.h>; pages, 32 bits but for the counters `kPageIns` and `kFaults`.
struct VmStatisticsLayout {
    static constexpr std::size_t kSize = 152, kFree = 0, kInactive = 8, kPageIns = 32, kFaults = 48, kPurgeable = 88,
                                 kSpeculative = 92, kExternal = 136;
};

/// struct ifmibdata of <net/if_mib.h>, a name and nine numbers before a struct if_data64: ifmib(4).
struct InterfaceDataLayout {
    static constexpr std::size_t kSize = 180, kName = 0, kNameSize = 16, kData = 52, kReceiveBytes = kData + 64,
                                 kTransmitBytes = kData + 72;
};

/// struct xsw_usage of <sys/sysctl.h>: vm.swapusage, bytes.
struct SwapUsageLayout {
    static constexpr std::size_t kSize = 32, kTotal = 0, kAvailable = 8;
};

/// struct kinfo_proc of <sys/sysctl.h>.
struct ProcessLayout {
    static constexpr std::size_t kSize = 648, kStart = 0, kState = 36, kPid = 40, kName = 243, kNameSize = 17,
                                 kUid = 420, kParent = 560;
};

/// struct proc_taskinfo of <sys/proc_info.h>. Times are in units of mach_timebase_info.
struct TaskLayout {
    static constexpr std::size_t kSize = 96, kResidentBytes = 8, kUserTime = 16, kSystemTime = 24, kThreads = 84,
                                 kRunningThreads = 88;
};

} // namespace sextant::platform::parse::darwin
