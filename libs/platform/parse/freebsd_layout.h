// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

/// Sizes and offsets, in bytes, of what the FreeBSD kernel writes on amd64 and arm64 (both LP64, so both the same),
/// from the headers of FreeBSD 14. freebsd/layout.cpp holds each against the real header when it is compiled for
/// FreeBSD.
namespace sextant::platform::parse::freebsd {

/// <sys/resource.h>: kern.cp_times is `long[CPUs][CPUSTATES]`.
struct CpTimesLayout {
    static constexpr std::size_t kStates = 5, kUser = 0, kNice = 1, kSystem = 2, kInterrupt = 3, kIdle = 4;
};

/// struct clockinfo of <sys/time.h>: kern.clockrate.
struct ClockInfoLayout {
    static constexpr std::size_t kSize = 20, kStatHz = 12;
};

/// struct xswdev of <vm/vm_param.h>: vm.swap_info.<N>. The counts are pages, 32 bits.
struct SwapDeviceLayout {
    static constexpr std::size_t kSize = 32, kBlocks = 20, kUsed = 24;
};

/// struct devstat of <sys/devicestat.h>, version 6: kern.devstat.all is a `long` and then these. The arrays go by no
/// data, read, write, free.
struct DevstatLayout {
    static constexpr std::size_t kSize = 288, kStartCount = 8, kEndCount = 12, kBusyFrom = 16, kName = 44,
                                 kNameSize = 16, kUnit = 60, kBytes = 64, kOperations = 96, kDuration = 128,
                                 kBusyTime = 192, kType = 260;
    static constexpr int kVersion = 6, kRead = 1, kWrite = 2, kPassThrough = 0x100;
};

/// struct kinfo_proc of <sys/user.h>.
struct ProcessLayout {
    static constexpr std::size_t kSize = 1088, kPid = 72, kParent = 76, kUid = 168, kResidentPages = 264,
                                 kRunMicroseconds = 328, kStart = 336, kFlags = 368, kState = 388, kName = 447,
                                 kNameSize = 20, kThreads = 596, kThreadFlags = 1080;
    static constexpr long kKernelProcess = 0x4, kInterruptible = 0x8, kIdleThread = 0x20;
};

/// struct ieee80211req_sta_info of <net80211/ieee80211_ioctl.h>, as far as it is read: what follows differs by release.
struct StationLayout {
    static constexpr std::size_t kSize = 122, kLength = 0, kFrequency = 6, kSignal = 17, kNoise = 18, kAssociation = 44,
                                 kTransmitRate = 120;
};

} // namespace sextant::platform::parse::freebsd
