// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// CPU time by what it was spent on, since the machine started. The modes do not overlap: the kernel counts a guest's
/// time in `user` (and a niced guest's in `nice`) as well; here it is taken out of them, so the sum of all modes is the
/// time that passed. A mode that this OS or kernel does not tell apart is absent; its time is then in another mode.
struct CpuTimes {
    using Time = std::chrono::microseconds; ///< nanoseconds would run over: 128 CPUs, 2.3 years

    Time user{};                   ///< user code at normal priority, guests not included
    Time system{};                 ///< the kernel, interrupts not included
    Time idle{};                   ///< idle with no disk request outstanding
    std::optional<Time> nice;      ///< user code at lowered priority, guests not included
    std::optional<Time> iowait;    ///< idle while a disk request was outstanding
    std::optional<Time> irq;       ///< hardware interrupts
    std::optional<Time> softirq;   ///< soft interrupts
    std::optional<Time> steal;     ///< given to others by the hypervisor
    std::optional<Time> guest;     ///< virtual CPUs of guests at normal priority
    std::optional<Time> guestNice; ///< virtual CPUs of guests at lowered priority

    bool operator==(const CpuTimes&) const = default;
};

/// One logical CPU. Numbers may have holes: a CPU that is off is not in the list.
struct CoreTimes {
    unsigned core = 0;
    CpuTimes times;

    bool operator==(const CoreTimes&) const = default;
};

struct LoadAverages {
    double load1 = 0;
    double load5 = 0;
    double load15 = 0;
};

/// One reading of the CPUs. `total` covers all CPUs and never falls while one reader gives it, also when CPUs are taken
/// out and put back. `load` is absent where the OS has none or it could not be read (then `warnings` says why).
struct CpuReading {
    CpuTimes total;
    std::vector<CoreTimes> cores; ///< online CPUs, by rising number
    std::optional<LoadAverages> load;
    std::vector<std::string> warnings;

    [[nodiscard]] std::size_t logicalCount() const { return cores.size(); }
};

/// Shares of the time between two readings, in percent, 0 to 100; `usage` is what is neither idle nor iowait.
struct CpuShares {
    double usage = 0;
    double user = 0;
    double system = 0;
    double idle = 0;
    std::optional<double> nice;
    std::optional<double> iowait;
    std::optional<double> irq;
    std::optional<double> softirq;
    std::optional<double> steal;
    std::optional<double> guest; ///< both priorities
};

/// How one CPU's time between two readings was spent. Nothing when no time passed, or when the counters started again
/// (`idle` fell by more than `kCpuRestart`: the CPU was taken out and put back). A smaller fall of one mode, which real
/// kernels show for idle and iowait, counts as no time in that mode.
[[nodiscard]] std::optional<CpuShares> cpuUsage(const CpuTimes& previous, const CpuTimes& current);

/// The same for the whole machine: the sum over the CPUs that are in both readings, so that one which comes or goes
/// neither hides nor invents time. Where no core is listed, the totals are compared.
[[nodiscard]] std::optional<CpuShares> cpuUsage(const CpuReading& previous, const CpuReading& current);

/// `current` with the falls taken out that are no restart: no mode of a CPU is below its previous value, and `total` is
/// the previous total plus what the CPUs in both readings added. Readers apply it, so that counters stay counters.
[[nodiscard]] CpuReading withoutFalls(const CpuReading& previous, CpuReading current);

/// The cores and their sum.
[[nodiscard]] CpuReading readingOf(std::vector<CoreTimes> cores);

/// The end of every OS's read: withoutFalls() of the reading before, whose place this one takes, and then the load, or
/// a warning where it could not be read (nothing is said of NotAvailable).
[[nodiscard]] CpuReading completed(
    CpuReading reading, std::optional<CpuReading>& previous, const Result<LoadAverages>& load);

/// A fall of a CPU's idle time past this means that its counters began again.
inline constexpr CpuTimes::Time kCpuRestart = std::chrono::seconds(3);

/// Reads CPU times and load. Owns its open files; one thread at a time. Fails with NotFound, Denied or Io when the
/// times cannot be read and Malformed when they do not follow their format.
class CpuReader {
public:
    explicit CpuReader(Roots roots);
    ~CpuReader();
    CpuReader(const CpuReader&) = delete;
    CpuReader& operator=(const CpuReader&) = delete;

    [[nodiscard]] Result<CpuReading> read();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sextant::platform
