// SPDX-License-Identifier: GPL-3.0-or-later
// The layouts that parse/ was written and tested with, held against the headers at hand. Microsoft's own winternl.h
// hides most members of the kernel's structures under reserved names; MinGW-w64's names them.
#include "platform/parse/windows_layout.h"
#include "platform/windows/windows_api.h"

#include <wlanapi.h>

#include <cstddef>

namespace sextant::platform {
namespace {

using namespace parse::windows;

static_assert(sizeof(DISK_PERFORMANCE) == DiskPerformanceLayout::kSize);
static_assert(offsetof(DISK_PERFORMANCE, BytesRead) == DiskPerformanceLayout::kBytesRead);
static_assert(offsetof(DISK_PERFORMANCE, BytesWritten) == DiskPerformanceLayout::kBytesWritten);
static_assert(offsetof(DISK_PERFORMANCE, ReadTime) == DiskPerformanceLayout::kReadTime);
static_assert(offsetof(DISK_PERFORMANCE, WriteTime) == DiskPerformanceLayout::kWriteTime);
static_assert(offsetof(DISK_PERFORMANCE, IdleTime) == DiskPerformanceLayout::kIdleTime);
static_assert(offsetof(DISK_PERFORMANCE, ReadCount) == DiskPerformanceLayout::kReads);
static_assert(offsetof(DISK_PERFORMANCE, WriteCount) == DiskPerformanceLayout::kWrites);
static_assert(offsetof(DISK_PERFORMANCE, QueueDepth) == DiskPerformanceLayout::kQueueDepth);

static_assert(offsetof(MIB_IF_TABLE2, Table) == InterfaceLayout::kHeader);
static_assert(sizeof(MIB_IF_ROW2) == InterfaceLayout::kSize);
static_assert(offsetof(MIB_IF_ROW2, InterfaceIndex) == InterfaceLayout::kIndex);
static_assert(offsetof(MIB_IF_ROW2, Alias) == InterfaceLayout::kAlias);
static_assert(offsetof(MIB_IF_ROW2, Description) == InterfaceLayout::kDescription);
static_assert(sizeof(MIB_IF_ROW2::Alias) == InterfaceLayout::kTextSize);
static_assert(sizeof(MIB_IF_ROW2::Description) == InterfaceLayout::kTextSize);
static_assert(offsetof(MIB_IF_ROW2, Mtu) == InterfaceLayout::kMtu);
static_assert(offsetof(MIB_IF_ROW2, Type) == InterfaceLayout::kType);
static_assert(offsetof(MIB_IF_ROW2, InterfaceAndOperStatusFlags) == InterfaceLayout::kFlags);
static_assert(offsetof(MIB_IF_ROW2, OperStatus) == InterfaceLayout::kState);
static_assert(offsetof(MIB_IF_ROW2, TransmitLinkSpeed) == InterfaceLayout::kTransmitSpeed);
static_assert(offsetof(MIB_IF_ROW2, ReceiveLinkSpeed) == InterfaceLayout::kReceiveSpeed);
static_assert(offsetof(MIB_IF_ROW2, InOctets) == InterfaceLayout::kReceiveBytes);
static_assert(offsetof(MIB_IF_ROW2, InUcastPkts) == InterfaceLayout::kReceiveUnicast);
static_assert(offsetof(MIB_IF_ROW2, InNUcastPkts) == InterfaceLayout::kReceiveOther);
static_assert(offsetof(MIB_IF_ROW2, InDiscards) == InterfaceLayout::kReceiveDrops);
static_assert(offsetof(MIB_IF_ROW2, InErrors) == InterfaceLayout::kReceiveErrors);
static_assert(offsetof(MIB_IF_ROW2, OutOctets) == InterfaceLayout::kTransmitBytes);
static_assert(offsetof(MIB_IF_ROW2, OutUcastPkts) == InterfaceLayout::kTransmitUnicast);
static_assert(offsetof(MIB_IF_ROW2, OutNUcastPkts) == InterfaceLayout::kTransmitOther);
static_assert(offsetof(MIB_IF_ROW2, OutDiscards) == InterfaceLayout::kTransmitDrops);
static_assert(offsetof(MIB_IF_ROW2, OutErrors) == InterfaceLayout::kTransmitErrors);
static_assert(IF_TYPE_SOFTWARE_LOOPBACK == 24 && IfOperStatusUp == 1 && IfOperStatusNotPresent == 6);

static_assert(offsetof(WLAN_INTERFACE_INFO_LIST, InterfaceInfo) == WlanInterfaceLayout::kHeader);
static_assert(sizeof(WLAN_INTERFACE_INFO) == WlanInterfaceLayout::kSize);
static_assert(offsetof(WLAN_INTERFACE_INFO, InterfaceGuid) == WlanInterfaceLayout::kGuid);
static_assert(sizeof(GUID) == WlanInterfaceLayout::kGuidSize);
static_assert(offsetof(WLAN_INTERFACE_INFO, strInterfaceDescription) == WlanInterfaceLayout::kDescription);
static_assert(sizeof(WLAN_INTERFACE_INFO::strInterfaceDescription) == WlanInterfaceLayout::kTextSize);
static_assert(offsetof(WLAN_INTERFACE_INFO, isState) == WlanInterfaceLayout::kState);
using Connection = WLAN_CONNECTION_ATTRIBUTES;
static_assert(sizeof(Connection) == WlanConnectionLayout::kSize);
static_assert(offsetof(Connection, isState) == WlanConnectionLayout::kState && wlan_interface_state_connected == 1);
static_assert(offsetof(Connection, wlanAssociationAttributes.dot11Ssid) == WlanConnectionLayout::kSsid);
static_assert(offsetof(Connection, wlanAssociationAttributes.dot11Bssid) == WlanConnectionLayout::kBssid);
static_assert(offsetof(Connection, wlanAssociationAttributes.wlanSignalQuality) == WlanConnectionLayout::kQuality);
static_assert(offsetof(Connection, wlanAssociationAttributes.ulRxRate) == WlanConnectionLayout::kReceiveRate);
static_assert(offsetof(Connection, wlanAssociationAttributes.ulTxRate) == WlanConnectionLayout::kTransmitRate);
static_assert(sizeof(DOT11_SSID) == 36 && sizeof(DOT11_MAC_ADDRESS) == 6);
static_assert(offsetof(WLAN_BSS_LIST, wlanBssEntries) == WlanBssLayout::kHeader);
static_assert(offsetof(WLAN_BSS_LIST, dwNumberOfItems) == WlanBssLayout::kCount);
static_assert(sizeof(WLAN_BSS_ENTRY) == WlanBssLayout::kSize);
static_assert(offsetof(WLAN_BSS_ENTRY, dot11Bssid) == WlanBssLayout::kBssid);
static_assert(offsetof(WLAN_BSS_ENTRY, ulChCenterFrequency) == WlanBssLayout::kFrequency);

static_assert(offsetof(STORAGE_DEVICE_DESCRIPTOR, RawDeviceProperties) == StorageDescriptorLayout::kFixedSize);
static_assert(offsetof(STORAGE_DEVICE_DESCRIPTOR, VendorIdOffset) == StorageDescriptorLayout::kVendorId);
static_assert(offsetof(STORAGE_DEVICE_DESCRIPTOR, ProductIdOffset) == StorageDescriptorLayout::kProductId);
static_assert(offsetof(STORAGE_DEVICE_DESCRIPTOR, SerialNumberOffset) == StorageDescriptorLayout::kSerialNumber);
static_assert(offsetof(STORAGE_DEVICE_DESCRIPTOR, BusType) == StorageDescriptorLayout::kBusType);

static_assert(sizeof(UNICODE_STRING) == 16 && offsetof(UNICODE_STRING, Buffer) == 8);

#ifdef __MINGW32__
using Processor = SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION;
static_assert(sizeof(Processor) == ProcessorLayout::kSize && offsetof(Processor, IdleTime) == ProcessorLayout::kIdle);
static_assert(offsetof(Processor, KernelTime) == ProcessorLayout::kKernel);
static_assert(offsetof(Processor, UserTime) == ProcessorLayout::kUser);
static_assert(offsetof(Processor, Reserved1) == ProcessorLayout::kDpc);
static_assert(offsetof(Processor, Reserved1[1]) == ProcessorLayout::kInterrupt);
static_assert(offsetof(Processor, Reserved2) == ProcessorLayout::kInterruptCount);

using Performance = SYSTEM_PERFORMANCE_INFORMATION;
static_assert(sizeof(Performance) == PerformanceLayout::kSize);
static_assert(offsetof(Performance, PageFaults) == PerformanceLayout::kPageFaults);
static_assert(offsetof(Performance, PageReadIos) == PerformanceLayout::kPageReads);
static_assert(offsetof(Performance, ContextSwitches) == PerformanceLayout::kContextSwitches);

using TimeOfDay = SYSTEM_TIMEOFDAY_INFORMATION;
static_assert(
    sizeof(TimeOfDay) == TimeOfDayLayout::kSize && offsetof(TimeOfDay, BootTime) == TimeOfDayLayout::kBootTime);
static_assert(offsetof(TimeOfDay, CurrentTimeZoneId) + 8 == TimeOfDayLayout::kBootTimeBias);

using ProcessEntry = SYSTEM_PROCESS_INFORMATION;
static_assert(sizeof(ProcessEntry) == ProcessLayout::kSize);
static_assert(offsetof(ProcessEntry, NextEntryOffset) == ProcessLayout::kNext);
static_assert(offsetof(ProcessEntry, NumberOfThreads) == ProcessLayout::kThreads);
static_assert(offsetof(ProcessEntry, CreateTime) == ProcessLayout::kCreated);
static_assert(offsetof(ProcessEntry, UserTime) == ProcessLayout::kUser);
static_assert(offsetof(ProcessEntry, KernelTime) == ProcessLayout::kKernel);
static_assert(offsetof(ProcessEntry, ImageName) == ProcessLayout::kName);
static_assert(offsetof(ProcessEntry, UniqueProcessId) == ProcessLayout::kPid);
static_assert(offsetof(ProcessEntry, InheritedFromUniqueProcessId) == ProcessLayout::kParent);
static_assert(offsetof(ProcessEntry, HandleCount) == ProcessLayout::kHandles);
static_assert(offsetof(ProcessEntry, VirtualMemoryCounters.WorkingSetSize) == ProcessLayout::kResidentBytes);
static_assert(sizeof(SYSTEM_THREAD_INFORMATION) == ThreadLayout::kSize);
static_assert(offsetof(SYSTEM_THREAD_INFORMATION, ThreadState) == ThreadLayout::kState);
#endif

} // namespace
} // namespace sextant::platform
