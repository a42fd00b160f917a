// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/gpu.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace sextant::platform {

/// NVIDIA's GPUs as its management library tells of them. The library is loaded with the first read() and stays; when
/// it is not there, or its driver is not, it is looked for again after ten minutes. One thread at a time.
class Nvml {
public:
    /// `libraries`: names or paths, of which the first that is there is taken.
    explicit Nvml(std::vector<std::string> libraries);
    ~Nvml();
    Nvml(const Nvml&) = delete;
    Nvml& operator=(const Nvml&) = delete;

    /// NotAvailable without library, driver or GPUs; Io when the library fails.
    [[nodiscard]] Result<std::vector<Gpu>> read();

    /// Whether it is loaded: a GPU that it watches does not sleep.
    [[nodiscard]] bool isOpen() const { return m_session != nullptr; }

private:
    class Session;

    std::vector<std::string> m_libraries;
    std::unique_ptr<Session> m_session;
    std::chrono::steady_clock::time_point m_notBefore{};
    Error m_absent; ///< why there was none when last looked for
};

} // namespace sextant::platform
