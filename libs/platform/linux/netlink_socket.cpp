// SPDX-License-Identifier: GPL-3.0-or-later
// netlink(7).
#include "platform/linux/netlink_socket.h"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>

namespace sextant::platform {
namespace {

/// The kernel fills datagrams of a list up to 32 KiB.
constexpr std::size_t kDatagramBytes = 32'768;
constexpr timeval kDeadline{1, 0};

tl::unexpected<Error> failed(int number)
{
    if (number == EAGAIN)
        return fail(ErrorCode::TimedOut, "the kernel does not answer");
    if (number == EPROTONOSUPPORT || number == EAFNOSUPPORT)
        return fail(ErrorCode::NotAvailable, "there is no generic netlink here");
    return tl::unexpected(errorFor(number, "generic netlink"));
}

} // namespace

Result<NetlinkSocket> NetlinkSocket::open()
{
    Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC));
    if (!socket.isOpen() || ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &kDeadline, sizeof(kDeadline)) != 0)
        return failed(errno);
    return NetlinkSocket(std::move(socket));
}

Result<parse::NetlinkAnswer> NetlinkSocket::exchange(const parse::NetlinkRequest& request)
{
    const std::vector<std::byte> bytes = request.bytes();
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    if (::sendto(m_socket.number(), bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&kernel),
            sizeof(kernel)) < 0)
        return failed(errno);
    std::vector<std::byte> buffer(kDatagramBytes);
    parse::NetlinkAnswer answer(request.sequence);
    for (;;) {
        sockaddr_nl sender{};
        socklen_t size = sizeof(sender);
        // With MSG_TRUNC it says how long the datagram was, whatever of it did not fit.
        const ssize_t count = ::recvfrom(
            m_socket.number(), buffer.data(), buffer.size(), MSG_TRUNC, reinterpret_cast<sockaddr*>(&sender), &size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return failed(errno);
        if (sender.nl_pid != 0) // another program's: anybody may send to anybody
            continue;
        if (static_cast<std::size_t>(count) > buffer.size())
            return fail(ErrorCode::TooLarge, "a message of the kernel has " + std::to_string(count) + " bytes");
        const auto last = answer.take(std::span(buffer).first(static_cast<std::size_t>(count)));
        if (!last)
            return tl::unexpected(last.error());
        if (*last)
            return answer;
    }
}

} // namespace sextant::platform
