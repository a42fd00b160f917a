// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/command.h"
#include "platform/services.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// The scripts in what FreeBSD's `service -e` prints, those that are enabled: an absolute path on each line, in the
/// order in which they are started. At most kMaxRcScripts.
inline constexpr std::size_t kMaxRcScripts = 1'000;
[[nodiscard]] std::vector<std::string> parseEnabledScripts(std::string_view text);

/// What `SCRIPT onestatus` says (rc.subr(8)): "sshd is running as pid 1021." or "sshd is not running.". A script with
/// words of its own is believed by its exit code. Nothing when it has no such question: it does something once and
/// leaves nothing running.
struct RcStatus {
    ServiceState state = ServiceState::Unknown;
    std::optional<std::int64_t> pid; ///< of several the first
};
[[nodiscard]] std::optional<RcStatus> parseRcStatus(const CommandOutput& output);

/// What RcServices asks of the system.
class RcQuestions {
public:
    RcQuestions() = default;
    virtual ~RcQuestions() = default;
    RcQuestions(const RcQuestions&) = delete;
    RcQuestions& operator=(const RcQuestions&) = delete;

    [[nodiscard]] virtual Result<CommandOutput> run(const std::vector<std::string>& command) = 0;
    /// What decides on which scripts are enabled: is another when their list may be another.
    [[nodiscard]] virtual std::vector<std::int64_t> settings() = 0;
    /// The moment of the process' start, in any unit; nothing when there is no such process.
    [[nodiscard]] virtual std::optional<std::int64_t> startOf(std::int64_t pid) = 0;
    [[nodiscard]] virtual std::string programOf(std::int64_t pid) = 0; ///< its path, or empty
};

/// The enabled scripts of rc(8) and whether what they started runs. Each question is a shell, so few are asked: for the
/// list when settings() changed, for a script only while it is not known to run, for one that ran by looking whether
/// its process is still the same, and one that leaves nothing running only once for each list. After kMaxStuck scripts
/// that do not answer in time the rest of a reading is not asked. One thread at a time.
class RcServices {
public:
    static constexpr int kMaxStuck = 3;

    /// Io when the list cannot be had.
    [[nodiscard]] Result<ServicesReading> read(RcQuestions& system);

private:
    struct Known {
        std::string script;
        Service service;
        std::optional<std::int64_t> started; ///< of its process
        bool isJob = false;                  ///< leaves nothing running
    };

    [[nodiscard]] Result<void> list(RcQuestions& system);
    [[nodiscard]] Result<void> look(RcQuestions& system, Known& known) const;

    std::optional<std::vector<std::int64_t>> m_settings; ///< of the list that is known
    std::vector<Known> m_known;
};

} // namespace sextant::platform::parse
