// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/service/notifier.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace sextant::agent {

Notifier Notifier::fromEnvironment()
{
    const char* socket = std::getenv("NOTIFY_SOCKET");
    return Notifier(socket ? socket : "");
}

bool Notifier::send(std::string_view state) const
{
    sockaddr_un address{};
    if (m_socket.empty() || m_socket.size() >= sizeof(address.sun_path))
        return false;
    address.sun_family = AF_UNIX;
    std::ranges::copy(m_socket, address.sun_path);
    if (address.sun_path[0] == '@')
        address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + m_socket.size());
    const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return false;
    const ssize_t sent = ::sendto(
        descriptor, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), length);
    ::close(descriptor);
    return sent == static_cast<ssize_t>(state.size());
}

std::optional<std::chrono::milliseconds> Notifier::watchdogInterval()
{
    const char* text = std::getenv("WATCHDOG_USEC");
    std::int64_t microseconds = 0;
    if (!text || std::from_chars(text, text + std::char_traits<char>::length(text), microseconds).ec != std::errc{} ||
        microseconds <= 0)
        return std::nullopt;
    return std::chrono::milliseconds(std::max<std::int64_t>(microseconds / 2'000, 1));
}

} // namespace sextant::agent
