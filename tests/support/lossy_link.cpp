// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/lossy_link.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <string>
#include <utility>

namespace sextant::test {
namespace {

QString failed(const char* what)
{
    return QStringLiteral("%1: %2").arg(QLatin1String(what), QString::fromLocal8Bit(std::strerror(errno)));
}

ifreq requestFor(const std::string& device)
{
    ifreq request{};
    device.copy(request.ifr_name, IFNAMSIZ - 1);
    return request;
}

bool setAddress(int socket, const std::string& device, unsigned long what, const char* address)
{
    ifreq request = requestFor(device);
    sockaddr_in in{};
    in.sin_family = AF_INET;
    ::inet_pton(AF_INET, address, &in.sin_addr);
    std::memcpy(&request.ifr_addr, &in, sizeof in);
    return ::ioctl(socket, what, &request) == 0;
}

bool bringUp(int socket, const std::string& device)
{
    ifreq request = requestFor(device);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    return ::ioctl(socket, SIOCSIFFLAGS, &request) == 0;
}

/// Puts the calling thread into a namespace of its own with a loopback and a TUN device of that address, whose
/// descriptor it gives; below 0: errno says why.
int newNamespace(const char* address)
{
    if (::unshare(CLONE_NEWNET) != 0)
        return -1;
    const int tun = ::open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    ifreq request = requestFor("wire");
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    if (tun < 0 || ::ioctl(tun, TUNSETIFF, &request) != 0)
        return -1;
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool up = socket >= 0 && bringUp(socket, "lo") && setAddress(socket, "wire", SIOCSIFADDR, address) &&
                    setAddress(socket, "wire", SIOCSIFNETMASK, "255.255.255.0") && bringUp(socket, "wire");
    if (socket >= 0)
        ::close(socket);
    return up ? tun : -1;
}

} // namespace

LossyLink::~LossyLink()
{
    m_going = false;
    if (m_thread.joinable())
        m_thread.join();
    for (const int file : {m_here, m_there, m_other}) {
        if (file >= 0)
            ::close(file);
    }
}

QString LossyLink::start()
{
    QString reason;
    std::thread([this, &reason] {
        m_there = newNamespace(kThere);
        if (m_there < 0)
            reason = failed("no network namespace with a TUN device");
        else
            m_other = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    }).join();
    if (!reason.isEmpty())
        return reason;
    m_here = newNamespace(kHere);
    if (m_here < 0 || m_other < 0)
        return failed("no second network namespace");
    m_thread = std::thread([this] { carry(); });
    return {};
}

void LossyLink::enterOther() const
{
    ::setns(m_other, CLONE_NEWNET);
}

void LossyLink::carry()
{
    std::mt19937 random{20'261'121};
    std::array<Way, 2> ways{{{m_here, m_there}, {m_there, m_here}}};
    std::array<char, 65'536> buffer{};
    while (m_going) {
        std::array<pollfd, 2> ends{{{m_here, POLLIN, 0}, {m_there, POLLIN, 0}}};
        const bool waits = !ways[0].packets.empty() || !ways[1].packets.empty();
        ::poll(ends.data(), ends.size(), waits ? 2 : 50);
        if (m_forget.exchange(false))
            m_forgotten.merge(m_seen);
        for (std::size_t i = 0; i < ends.size(); ++i) {
            const ssize_t size = (ends[i].revents & POLLIN) == 0 ? 0 : ::read(ends[i].fd, buffer.data(), buffer.size());
            if (size > 0)
                take(ways[i], {buffer.data(), buffer.data() + size}, static_cast<int>(random() % 100) < m_lossPercent);
            deliver(ways[i]);
        }
    }
}

void LossyLink::take(Way& way, std::vector<char> packet, bool isLost)
{
    if (isForgotten(packet, way.from == m_here)) {
        ++m_ignored;
        return;
    }
    const auto now = Clock::now();
    const int rate = m_bytesPerSecond;
    const auto takes =
        std::chrono::microseconds(rate == 0 ? 0 : static_cast<std::int64_t>(packet.size()) * 1'000'000 / rate);
    const auto due = std::max(now, way.free) + takes;
    if (isLost || due - now > std::chrono::seconds(4)) {
        ++m_lost;
        return;
    }
    way.free = due;
    way.packets.push_back({due, std::move(packet)});
}

/// Connections are told apart by the port of their far end, which makes them.
bool LossyLink::isForgotten(const std::vector<char>& packet, bool toThere)
{
    constexpr std::size_t kShortest = 24; // an IPv4 header and the two ports
    constexpr int kTcp = 6;
    if (packet.size() < kShortest || (packet[0] & 0xf0) != 0x40 || packet[9] != kTcp)
        return false;
    const std::size_t at = static_cast<std::size_t>(packet[0] & 0x0f) * 4 + (toThere ? 2 : 0);
    if (at + 2 > packet.size())
        return false;
    const auto port = static_cast<std::uint16_t>(
        (static_cast<unsigned char>(packet[at]) << 8) | static_cast<unsigned char>(packet[at + 1]));
    if (m_forgotten.contains(port))
        return true;
    m_seen.insert(port);
    return false;
}

void LossyLink::deliver(Way& way)
{
    for (; !way.packets.empty() && way.packets.front().due <= Clock::now(); way.packets.pop_front()) {
        const std::vector<char>& bytes = way.packets.front().bytes;
        const bool arrived = ::write(way.to, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
        ++(arrived ? m_carried : m_lost);
    }
}

} // namespace sextant::test
