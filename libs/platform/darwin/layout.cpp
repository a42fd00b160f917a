// SPDX-License-Identifier: GPL-3.0-or-later
// The layouts that parse/ was written and tested with, held against the system's own headers: an SDK that changes one
// of them does not compile.
#include "platform/bsd/layout.h"

#include "platform/parse/darwin_layout.h"

#include <mach/machine.h>
#include <mach/vm_statistics.h>
#include <net/if.h>
#include <net/if_dl.h>
#include <net/if_var.h>
#include <net/route.h>
#include <sys/mount.h>
#include <sys/param.h>
#include <sys/proc.h>
#include <sys/proc_info.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/sysctl.h>

#include <cstddef>

namespace sextant::platform {
namespace {

using namespace parse::darwin;

static_assert(CpuLoadLayout::kStates == CPU_STATE_MAX && CpuLoadLayout::kUser == CPU_STATE_USER);
static_assert(CpuLoadLayout::kSystem == CPU_STATE_SYSTEM && CpuLoadLayout::kIdle == CPU_STATE_IDLE);
static_assert(CpuLoadLayout::kNice == CPU_STATE_NICE);
static_assert(sizeof(loadavg) == 24 && offsetof(loadavg, fscale) == 16);

static_assert(sizeof(vm_statistics64) == VmStatisticsLayout::kSize);
static_assert(offsetof(vm_statistics64, free_count) == VmStatisticsLayout::kFree);
static_assert(offsetof(vm_statistics64, inactive_count) == VmStatisticsLayout::kInactive);
static_assert(offsetof(vm_statistics64, pageins) == VmStatisticsLayout::kPageIns);
static_assert(offsetof(vm_statistics64, faults) == VmStatisticsLayout::kFaults);
static_assert(offsetof(vm_statistics64, purgeable_count) == VmStatisticsLayout::kPurgeable);
static_assert(offsetof(vm_statistics64, speculative_count) == VmStatisticsLayout::kSpeculative);
static_assert(offsetof(vm_statistics64, external_page_count) == VmStatisticsLayout::kExternal);

// <net/if_mib.h> comes with Apple's SDK only. What it ends with is here; its name and nine numbers need no padding.
static_assert(InterfaceDataLayout::kNameSize == IFNAMSIZ && InterfaceDataLayout::kData == IFNAMSIZ + 9 * sizeof(int));
static_assert(alignof(if_data64) == 4 && sizeof(if_data64) == InterfaceDataLayout::kSize - InterfaceDataLayout::kData);
static_assert(InterfaceDataLayout::kReceiveBytes == InterfaceDataLayout::kData + offsetof(if_data64, ifi_ibytes));
static_assert(InterfaceDataLayout::kTransmitBytes == InterfaceDataLayout::kData + offsetof(if_data64, ifi_obytes));

static_assert(sizeof(xsw_usage) == SwapUsageLayout::kSize);
static_assert(offsetof(xsw_usage, xsu_total) == SwapUsageLayout::kTotal);
static_assert(offsetof(xsw_usage, xsu_avail) == SwapUsageLayout::kAvailable);

static_assert(sizeof(kinfo_proc) == ProcessLayout::kSize);
static_assert(offsetof(kinfo_proc, kp_proc.p_starttime) == ProcessLayout::kStart && sizeof(timeval) == 16);
static_assert(offsetof(kinfo_proc, kp_proc.p_stat) == ProcessLayout::kState);
static_assert(offsetof(kinfo_proc, kp_proc.p_pid) == ProcessLayout::kPid);
static_assert(offsetof(kinfo_proc, kp_proc.p_comm) == ProcessLayout::kName);
static_assert(sizeof(extern_proc::p_comm) == ProcessLayout::kNameSize);
static_assert(offsetof(kinfo_proc, kp_eproc.e_ucred.cr_uid) == ProcessLayout::kUid);
static_assert(offsetof(kinfo_proc, kp_eproc.e_ppid) == ProcessLayout::kParent);
static_assert(SSTOP == 4 && SZOMB == 5);

static_assert(sizeof(proc_taskinfo) == TaskLayout::kSize);
static_assert(offsetof(proc_taskinfo, pti_resident_size) == TaskLayout::kResidentBytes);
static_assert(offsetof(proc_taskinfo, pti_total_user) == TaskLayout::kUserTime);
static_assert(offsetof(proc_taskinfo, pti_total_system) == TaskLayout::kSystemTime);
static_assert(offsetof(proc_taskinfo, pti_threadnum) == TaskLayout::kThreads);
static_assert(offsetof(proc_taskinfo, pti_numrunning) == TaskLayout::kRunningThreads);

using Mount = struct statfs;
constexpr parse::MountLayout kMount = parse::kDarwinMount;
static_assert(offsetof(Mount, f_bsize) == kMount.blockSize && sizeof(Mount::f_bsize) == kMount.blockSizeSize);
static_assert(offsetof(Mount, f_blocks) == kMount.blocks && offsetof(Mount, f_bfree) == kMount.freeBlocks);
static_assert(offsetof(Mount, f_bavail) == kMount.availableBlocks && offsetof(Mount, f_files) == kMount.files);
static_assert(offsetof(Mount, f_ffree) == kMount.freeFiles && sizeof(Mount::f_ffree) == 8);
static_assert(sizeof(Mount) == kMount.size && offsetof(Mount, f_flags) == kMount.flags);
static_assert(sizeof(Mount::f_flags) == kMount.flagsSize && offsetof(Mount, f_fstypename) == kMount.type);
static_assert(offsetof(Mount, f_mntfromname) == kMount.device && offsetof(Mount, f_mntonname) == kMount.mountPoint);
static_assert(sizeof(Mount::f_fstypename) == 16 && sizeof(Mount::f_mntonname) == 1024);
static_assert(MNT_RDONLY == 0x1 && MNT_LOCAL == 0x1000 && MNT_DONTBROWSE == kMount.hidden);

constexpr parse::InterfaceLayout kInterface = parse::kDarwinInterface;
constexpr std::size_t kData = offsetof(if_msghdr2, ifm_data);
static_assert(sizeof(if_msghdr2) == kInterface.size && RTM_IFINFO2 == kInterface.messageType);
static_assert(offsetof(if_msghdr2, ifm_type) == 3 && offsetof(if_msghdr2, ifm_flags) == kInterface.flags);
static_assert(kData + offsetof(if_data64, ifi_type) == kInterface.type);
static_assert(kData + offsetof(if_data64, ifi_mtu) == kInterface.mtu);
static_assert(kData + offsetof(if_data64, ifi_baudrate) == kInterface.bitsPerSecond);
static_assert(kData + offsetof(if_data64, ifi_ipackets) == kInterface.receivePackets);
static_assert(kData + offsetof(if_data64, ifi_ierrors) == kInterface.receiveErrors);
static_assert(kData + offsetof(if_data64, ifi_ibytes) == kInterface.receiveBytes);
static_assert(kData + offsetof(if_data64, ifi_iqdrops) == kInterface.receiveDrops);
static_assert(kData + offsetof(if_data64, ifi_opackets) == kInterface.transmitPackets);
static_assert(kData + offsetof(if_data64, ifi_oerrors) == kInterface.transmitErrors);
static_assert(kData + offsetof(if_data64, ifi_obytes) == kInterface.transmitBytes);
static_assert(offsetof(if_msghdr2, ifm_snd_drops) == kInterface.transmitDrops);
static_assert(sizeof(if_msghdr2::ifm_snd_drops) == kInterface.transmitDropsSize);
static_assert(offsetof(sockaddr_dl, sdl_nlen) == 5 && offsetof(sockaddr_dl, sdl_data) == 8);
static_assert(IFF_UP == 0x1 && IFF_LOOPBACK == 0x8 && IFF_RUNNING == 0x40);

} // namespace

const parse::MountLayout& mountLayout()
{
    return parse::kDarwinMount;
}

const parse::InterfaceLayout& interfaceLayout()
{
    return parse::kDarwinInterface;
}

int interfaceListing()
{
    return NET_RT_IFLIST2;
}

} // namespace sextant::platform
