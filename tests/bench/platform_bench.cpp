// SPDX-License-Identifier: GPL-3.0-or-later
// CPU time of one read of every reader on this machine, in microseconds, as JSON lines. The time is that of all threads
// (a file system is asked on a worker), user and kernel code together; the best of five rounds of 200 reads.

#include "platform/containers.h"
#include "platform/cpu.h"
#include "platform/diskio.h"
#include "platform/disks.h"
#include "platform/memory.h"
#include "platform/network.h"
#include "platform/pressure.h"
#include "platform/processes.h"
#include "platform/self.h"
#include "platform/system.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <limits>

namespace {

using namespace sextant::platform;

double cpuMicroseconds()
{
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return double(time.tv_sec) * 1e6 + double(time.tv_nsec) / 1e3;
}

void print(const char* name, double value, const char* unit)
{
    std::printf("{\"name\":\"platform_%s\",\"value\":%.1f,\"unit\":\"%s\"}\n", name, value, unit);
}

/// Prints what one read costs and returns it; ends the program when the reader fails for another reason than absence.
template <typename Reader>
double measure(const char* name, Reader& reader)
{
    constexpr int kRounds = 5;
    constexpr int kReads = 200;
    double best = std::numeric_limits<double>::max();
    for (int round = 0; round < kRounds; ++round) {
        const double begin = cpuMicroseconds();
        for (int i = 0; i < kReads; ++i) {
            const auto reading = reader.read();
            if (!reading && reading.error().code != sextant::ErrorCode::NotAvailable) {
                std::fprintf(stderr, "%s: %s\n", name, reading.error().message.c_str());
                std::exit(1);
            }
        }
        best = std::min(best, (cpuMicroseconds() - begin) / kReads);
    }
    print(name, best, "us");
    return best;
}

} // namespace

int main()
{
    const Roots roots = Roots::fromEnvironment();
    CpuReader cpu(roots);
    MemoryReader memory(roots);
    DisksReader disks(roots);
    DiskIoReader diskIo(roots);
    NetworkReader network(roots);
    PressureReader pressure(roots);
    SystemReader system(roots);
    SelfReader self;
    ContainersReader containers(roots);
    ProcessesReader processes(roots);
    const double collection = measure("cpu", cpu) + measure("memory", memory) + measure("disks", disks) +
                              measure("diskio", diskIo) + measure("network", network) + measure("pressure", pressure) +
                              measure("system", system) + measure("self", self) + measure("containers", containers);
    print("collection", collection, "us");
    measure("processes", processes); // for snapshots only: not part of a collection
    const auto own = self.read();
    const auto last = system.read();
    if (!own || !last || !last->processes)
        return 1;
    print("processes_counted", double(last->processes->processes), "processes");
    print("anonymous", double(own->anonymousBytes.value_or(0)) / 1e6, "MB");
    return 0;
}
