// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace sextant::platform {

/// The names of accounts by their SIDs. A name may have to be asked of a domain controller, which takes seconds where
/// that is not reached: a thread of its own asks, one SID after the other, and remembers. One caller thread at a time.
class AccountNames {
public:
    static constexpr std::chrono::milliseconds kPatience{100}; ///< that a call waits, for all its names together
    static constexpr std::size_t kLimit = 4096;                ///< names remembered; then it begins anew

    AccountNames();
    ~AccountNames(); ///< does not wait for a question under way; its thread ends when it is answered
    AccountNames(const AccountNames&) = delete;
    AccountNames& operator=(const AccountNames&) = delete;

    /// "DOMAIN\name", the SID's text where it has none; nothing while it is still asked for.
    [[nodiscard]] std::optional<std::string> nameOf(std::span<const std::byte> sid);

    /// Starts a new round of calls, which may wait again.
    void restart();

private:
    struct Shared;
    std::shared_ptr<Shared> m_shared;
    std::chrono::steady_clock::time_point m_deadline;
};

} // namespace sextant::platform
