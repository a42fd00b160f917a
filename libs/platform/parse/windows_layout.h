// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

/// Sizes and offsets, in bytes, of what Windows 8.1 and later write on x64. windows/layout.cpp holds each against the
/// headers of MinGW-w64 when it is compiled for Windows; what those do not name is said here. Times are in 100 ns.
namespace sextant::platform::parse::windows {

/// SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION, one for each processor. MinGW's header calls the times of DPCs and
/// interrupts `Reserved1` and the count of interrupts `Reserved2`; their names are those of Microsoft's SDK for
/// drivers. The time in the kernel holds the three others.
struct ProcessorLayout {
    static constexpr std::size_t kSize = 48, kIdle = 0, kKernel = 8, kUser = 16, kDpc = 24, kInterrupt = 32,
                                 kInterruptCount = 40;
};

/// SYSTEM_PERFORMANCE_INFORMATION; counts of 32 bits. Newer systems write more behind it.
struct PerformanceLayout {
    static constexpr std::size_t kSize = 312, kPageFaults = 60, kPageReads = 84, kContextSwitches = 296;
};

/// SYSTEM_TIMEOFDAY_INFORMATION. MinGW's header ends in reserved bytes; `BootTimeBias`, by which the boot time was
/// moved when the clock was set, is the first of them (Microsoft's ntexapi).
struct TimeOfDayLayout {
    static constexpr std::size_t kSize = 48, kBootTime = 0, kBootTimeBias = 32;
};

/// SYSTEM_MEMORY_LIST_INFORMATION, which no public header names: counts of pages, 64 bits each, by what they hold
/// (Russinovich, Windows Internals 5; the headers of System Informer). The standby pages stand by priority, 8 of them.
struct MemoryListLayout {
    static constexpr std::size_t kSize = 176, kZero = 0, kFree = 8, kStandby = 40, kPriorities = 8;
};

/// SYSTEM_PROCESS_INFORMATION and behind it its SYSTEM_THREAD_INFORMATIONs.
struct ProcessLayout {
    static constexpr std::size_t kSize = 256, kNext = 0, kThreads = 4, kCreated = 32, kUser = 40, kKernel = 48,
                                 kName = 56, kPid = 80, kParent = 88, kHandles = 96, kResidentBytes = 144;
};
struct ThreadLayout {
    static constexpr std::size_t kSize = 80, kState = 68;
};

/// MIB_IF_TABLE2 and its rows, MIB_IF_ROW2.
struct InterfaceLayout {
    static constexpr std::size_t kHeader = 8, kSize = 1352, kIndex = 8, kAlias = 28, kDescription = 542,
                                 kTextSize = 514, kMtu = 1124, kType = 1128, kFlags = 1152, kState = 1156,
                                 kTransmitSpeed = 1192, kReceiveSpeed = 1200, kReceiveBytes = 1208,
                                 kReceiveUnicast = 1216, kReceiveOther = 1224, kReceiveDrops = 1232,
                                 kReceiveErrors = 1240, kTransmitBytes = 1280, kTransmitUnicast = 1288,
                                 kTransmitOther = 1296, kTransmitDrops = 1304, kTransmitErrors = 1312;
    static constexpr std::uint8_t kHardware = 0x1, kFilter = 0x2; ///< bits of the flags
};

/// <wlanapi.h>: WLAN_INTERFACE_INFO_LIST and its rows, WLAN_CONNECTION_ATTRIBUTES with the association that is in it,
/// WLAN_BSS_LIST and its rows. A DOT11_SSID is a count of bytes and room for 32.
struct WlanInterfaceLayout {
    static constexpr std::size_t kHeader = 8, kSize = 532, kGuid = 0, kGuidSize = 16, kDescription = 16,
                                 kTextSize = 512, kState = 528;
};
struct WlanConnectionLayout {
    static constexpr std::size_t kSize = 604, kState = 0, kSsid = 520, kBssid = 560, kQuality = 576, kReceiveRate = 580,
                                 kTransmitRate = 584;
};
struct WlanBssLayout {
    static constexpr std::size_t kHeader = 8, kCount = 4, kSize = 360, kBssid = 40, kFrequency = 92;
};

/// DISK_PERFORMANCE of <winioctl.h>.
struct DiskPerformanceLayout {
    static constexpr std::size_t kSize = 88, kBytesRead = 0, kBytesWritten = 8, kReadTime = 16, kWriteTime = 24,
                                 kIdleTime = 32, kReads = 40, kWrites = 44, kQueueDepth = 48;
};

/// STORAGE_DEVICE_DESCRIPTOR of <winioctl.h>: offsets of texts, which stand behind its fixed part.
struct StorageDescriptorLayout {
    static constexpr std::size_t kFixedSize = 36, kVendorId = 12, kProductId = 16, kSerialNumber = 24, kBusType = 28;
};

} // namespace sextant::platform::parse::windows
