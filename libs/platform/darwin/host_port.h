// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mach/mach.h>

#include <string>

namespace sextant::platform {

/// The right to ask this machine's kernel, which each mach_host_self() hands out once more: given back at the end.
class HostPort {
public:
    HostPort() : m_port(::mach_host_self()) {}
    ~HostPort() { ::mach_port_deallocate(::mach_task_self(), m_port); }
    HostPort(const HostPort&) = delete;
    HostPort& operator=(const HostPort&) = delete;

    [[nodiscard]] host_t port() const { return m_port; }

private:
    host_t m_port;
};

/// "host_statistics64: (os/kern) invalid argument".
[[nodiscard]] inline std::string machMessage(const char* call, kern_return_t status)
{
    return std::string(call) + ": " + ::mach_error_string(status);
}

} // namespace sextant::platform
