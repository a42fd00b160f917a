// SPDX-License-Identifier: GPL-3.0-or-later
// The layouts that parse/ was written and tested with, held against the system's own headers: a release that changes
// one of them does not compile.
#include "platform/bsd/layout.h"

#include "platform/parse/freebsd_layout.h"

#include <net/if.h>
#include <net/if_dl.h>
#include <net/if_types.h>
#include <net/route.h>
#include <net80211/ieee80211_ioctl.h>
#include <sys/devicestat.h>
#include <sys/mount.h>
#include <sys/param.h>
#include <sys/proc.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/time.h>
#include <sys/user.h>
#include <vm/vm_param.h>

#include <cstddef>

namespace sextant::platform {
namespace {

using namespace parse::freebsd;

static_assert(sizeof(long) == 8);
static_assert(CpTimesLayout::kStates == CPUSTATES && CpTimesLayout::kUser == CP_USER);
static_assert(CpTimesLayout::kNice == CP_NICE && CpTimesLayout::kSystem == CP_SYS);
static_assert(CpTimesLayout::kInterrupt == CP_INTR && CpTimesLayout::kIdle == CP_IDLE);

static_assert(sizeof(clockinfo) == ClockInfoLayout::kSize);
static_assert(offsetof(clockinfo, stathz) == ClockInfoLayout::kStatHz);
static_assert(sizeof(loadavg) == 24 && offsetof(loadavg, fscale) == 16);

static_assert(sizeof(xswdev) == SwapDeviceLayout::kSize);
static_assert(offsetof(xswdev, xsw_nblks) == SwapDeviceLayout::kBlocks);
static_assert(offsetof(xswdev, xsw_used) == SwapDeviceLayout::kUsed);

static_assert(sizeof(devstat) == DevstatLayout::kSize && DEVSTAT_VERSION == DevstatLayout::kVersion);
static_assert(offsetof(devstat, start_count) == DevstatLayout::kStartCount);
static_assert(offsetof(devstat, end_count) == DevstatLayout::kEndCount);
static_assert(offsetof(devstat, busy_from) == DevstatLayout::kBusyFrom);
static_assert(offsetof(devstat, device_name) == DevstatLayout::kName);
static_assert(sizeof(devstat::device_name) == DevstatLayout::kNameSize);
static_assert(offsetof(devstat, unit_number) == DevstatLayout::kUnit);
static_assert(offsetof(devstat, bytes) == DevstatLayout::kBytes);
static_assert(offsetof(devstat, operations) == DevstatLayout::kOperations);
static_assert(offsetof(devstat, duration) == DevstatLayout::kDuration);
static_assert(offsetof(devstat, busy_time) == DevstatLayout::kBusyTime);
static_assert(offsetof(devstat, device_type) == DevstatLayout::kType);
static_assert(DEVSTAT_READ == DevstatLayout::kRead && DEVSTAT_WRITE == DevstatLayout::kWrite);
static_assert(DEVSTAT_TYPE_PASS == DevstatLayout::kPassThrough);
static_assert(sizeof(bintime) == 16);

static_assert(sizeof(kinfo_proc) == ProcessLayout::kSize);
static_assert(offsetof(kinfo_proc, ki_pid) == ProcessLayout::kPid);
static_assert(offsetof(kinfo_proc, ki_ppid) == ProcessLayout::kParent);
static_assert(offsetof(kinfo_proc, ki_uid) == ProcessLayout::kUid);
static_assert(offsetof(kinfo_proc, ki_rssize) == ProcessLayout::kResidentPages);
static_assert(offsetof(kinfo_proc, ki_runtime) == ProcessLayout::kRunMicroseconds);
static_assert(offsetof(kinfo_proc, ki_start) == ProcessLayout::kStart && sizeof(timeval) == 16);
static_assert(offsetof(kinfo_proc, ki_flag) == ProcessLayout::kFlags && P_KPROC == ProcessLayout::kKernelProcess);
static_assert(offsetof(kinfo_proc, ki_stat) == ProcessLayout::kState);
static_assert(offsetof(kinfo_proc, ki_comm) == ProcessLayout::kName);
static_assert(sizeof(kinfo_proc::ki_comm) == ProcessLayout::kNameSize);
static_assert(offsetof(kinfo_proc, ki_numthreads) == ProcessLayout::kThreads);
static_assert(offsetof(kinfo_proc, ki_tdflags) == ProcessLayout::kThreadFlags);
static_assert(TDF_SINTR == ProcessLayout::kInterruptible && TDF_IDLETD == ProcessLayout::kIdleThread);
static_assert(SRUN == 2 && SSLEEP == 3 && SSTOP == 4 && SZOMB == 5 && SWAIT == 6 && SLOCK == 7);

using Station = ieee80211req_sta_info;
static_assert(offsetof(Station, isi_len) == StationLayout::kLength && sizeof(Station::isi_len) == 2);
static_assert(offsetof(Station, isi_freq) == StationLayout::kFrequency);
static_assert(offsetof(Station, isi_rssi) == StationLayout::kSignal);
static_assert(offsetof(Station, isi_noise) == StationLayout::kNoise);
static_assert(offsetof(Station, isi_associd) == StationLayout::kAssociation);
static_assert(offsetof(Station, isi_txmbps) == StationLayout::kTransmitRate);
static_assert(offsetof(Station, isi_txmbps) + sizeof(Station::isi_txmbps) == StationLayout::kSize);

using Mount = struct statfs;
constexpr parse::MountLayout kMount = parse::kFreeBsdMount;
static_assert(offsetof(Mount, f_bsize) == kMount.blockSize && sizeof(Mount::f_bsize) == kMount.blockSizeSize);
static_assert(offsetof(Mount, f_blocks) == kMount.blocks && offsetof(Mount, f_bfree) == kMount.freeBlocks);
static_assert(offsetof(Mount, f_bavail) == kMount.availableBlocks && offsetof(Mount, f_files) == kMount.files);
static_assert(offsetof(Mount, f_ffree) == kMount.freeFiles && sizeof(Mount::f_ffree) == 8);
static_assert(sizeof(Mount) == kMount.size && offsetof(Mount, f_flags) == kMount.flags);
static_assert(sizeof(Mount::f_flags) == kMount.flagsSize && offsetof(Mount, f_fstypename) == kMount.type);
static_assert(offsetof(Mount, f_mntfromname) == kMount.device && offsetof(Mount, f_mntonname) == kMount.mountPoint);
static_assert(sizeof(Mount::f_fstypename) == 16 && sizeof(Mount::f_mntonname) == 1024);
static_assert(MNT_RDONLY == 0x1 && MNT_LOCAL == 0x1000);

constexpr parse::InterfaceLayout kInterface = parse::kFreeBsdInterface;
constexpr std::size_t kData = offsetof(if_msghdr, ifm_data);
static_assert(sizeof(if_msghdr) == kInterface.size && RTM_IFINFO == kInterface.messageType);
static_assert(offsetof(if_msghdr, ifm_type) == 3 && offsetof(if_msghdr, ifm_flags) == kInterface.flags);
static_assert(kData + offsetof(if_data, ifi_type) == kInterface.type);
static_assert(kData + offsetof(if_data, ifi_link_state) == kInterface.linkState);
static_assert(kData + offsetof(if_data, ifi_mtu) == kInterface.mtu);
static_assert(kData + offsetof(if_data, ifi_baudrate) == kInterface.bitsPerSecond);
static_assert(kData + offsetof(if_data, ifi_ipackets) == kInterface.receivePackets);
static_assert(kData + offsetof(if_data, ifi_ierrors) == kInterface.receiveErrors);
static_assert(kData + offsetof(if_data, ifi_ibytes) == kInterface.receiveBytes);
static_assert(kData + offsetof(if_data, ifi_iqdrops) == kInterface.receiveDrops);
static_assert(kData + offsetof(if_data, ifi_opackets) == kInterface.transmitPackets);
static_assert(kData + offsetof(if_data, ifi_oerrors) == kInterface.transmitErrors);
static_assert(kData + offsetof(if_data, ifi_obytes) == kInterface.transmitBytes);
static_assert(kData + offsetof(if_data, ifi_oqdrops) == kInterface.transmitDrops);
static_assert(sizeof(if_data::ifi_oqdrops) == kInterface.transmitDropsSize);
static_assert(offsetof(sockaddr_dl, sdl_nlen) == 5 && offsetof(sockaddr_dl, sdl_data) == 8);
static_assert(IFF_UP == 0x1 && IFF_LOOPBACK == 0x8 && IFF_DRV_RUNNING == 0x40);
static_assert(IFT_ETHER == 0x06 && IFT_IEEE80211 == 0x47 && LINK_STATE_DOWN == 1);

} // namespace

const parse::MountLayout& mountLayout()
{
    return parse::kFreeBsdMount;
}

const parse::InterfaceLayout& interfaceLayout()
{
    return parse::kFreeBsdInterface;
}

int interfaceListing()
{
    return NET_RT_IFLIST;
}

} // namespace sextant::platform
