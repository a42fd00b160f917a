// SPDX-License-Identifier: GPL-3.0-or-later
// By service(8) and the scripts of rc(8) themselves. The files of process ids in /var/run alone would be cheaper, but
// which one is whose, and under which settings, only the scripts can tell, and they are shell.
#include "platform/services.h"

#include "platform/bsd/sysctl.h"
#include "platform/freebsd/process_table.h"
#include "platform/parse/raw_bytes.h"
#include "platform/parse/rc_services.h"

#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/types.h>

#include <array>
#include <ctime>

namespace sextant::platform {
namespace {

class System final : public parse::RcQuestions {
public:
    [[nodiscard]] Result<CommandOutput> run(const std::vector<std::string>& command) override
    {
        const bool isList = command.back() == "-e"; // looks into each script
        return runCommand(command, {isList ? std::chrono::seconds(60) : std::chrono::seconds(5), std::size_t{1} << 20});
    }

    /// When the files changed that rc.conf(5) names, and the folders of scripts; and the hour: the settings may read
    /// other files.
    [[nodiscard]] std::vector<std::int64_t> settings() override
    {
        constexpr std::int64_t kHour = 3'600;
        std::vector<std::int64_t> moments{std::time(nullptr) / kHour};
        for (const char* path : {"/etc/defaults/rc.conf", "/etc/rc.conf", "/etc/rc.conf.local", "/etc/rc.conf.d",
                 "/etc/rc.d", "/usr/local/etc/rc.conf.d", "/usr/local/etc/rc.d"}) {
            struct stat status {};
            const bool exists = ::stat(path, &status) == 0;
            moments.push_back(exists ? status.st_mtim.tv_sec : 0);
            moments.push_back(exists ? status.st_mtim.tv_nsec : 0);
        }
        return moments;
    }

    [[nodiscard]] std::optional<std::int64_t> startOf(std::int64_t pid) override
    {
        const std::array<int, 4> path{CTL_KERN, KERN_PROC, KERN_PROC_PID, static_cast<int>(pid)};
        const auto found = readProcessTable(path, "kern.proc.pid");
        if (!found || found->size() != 1 || !found->front().started)
            return std::nullopt;
        return std::chrono::duration_cast<std::chrono::microseconds>(found->front().started->time_since_epoch())
            .count();
    }

    [[nodiscard]] std::string programOf(std::int64_t pid) override
    {
        const std::array<int, 4> path{CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, static_cast<int>(pid)};
        const auto bytes = sysctlBytes(path, "kern.proc.pathname");
        return bytes ? parse::textAt(*bytes, 0, bytes->size()) : std::string();
    }
};

} // namespace

struct ServicesReader::State {
    System system;
    parse::RcServices services;
};

ServicesReader::ServicesReader(Roots) : m_state(std::make_unique<State>()) {}

ServicesReader::~ServicesReader() = default;

Result<ServicesReading> ServicesReader::read()
{
    return m_state->services.read(m_state->system);
}

} // namespace sextant::platform
