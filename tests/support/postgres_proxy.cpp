// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/postgres_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace sextant::test {
namespace {

constexpr int kPollMs = 20;

sockaddr_in loopback(quint16 port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

bool sendAll(int socket, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool passOn(int from, int to)
{
    std::array<char, 65'536> buffer;
    const ssize_t got = ::recv(from, buffer.data(), buffer.size(), 0);
    return got > 0 && sendAll(to, {buffer.data(), static_cast<std::size_t>(got)});
}

bool isReadable(int socket)
{
    pollfd one{socket, POLLIN, 0};
    return ::poll(&one, 1, 0) > 0;
}

} // namespace

/// One client and its connection to the server; where the client's stream of messages stands.
struct PostgresProxy::Link {
    int client = -1;
    int server = -1;
    bool isStarted = false; ///< the first message, which has no type, is through
    std::size_t left = 0;   ///< bytes of the message that are still to come
    bool isCut = false;
    std::string header{};
};

PostgresProxy::PostgresProxy(quint16 target) : m_target(target), m_listener(::socket(AF_INET, SOCK_STREAM, 0))
{
    sockaddr_in address = loopback(0);
    socklen_t length = sizeof(address);
    if (::bind(m_listener, reinterpret_cast<sockaddr*>(&address), length) == 0 && ::listen(m_listener, 64) == 0 &&
        ::getsockname(m_listener, reinterpret_cast<sockaddr*>(&address), &length) == 0)
        m_port = ntohs(address.sin_port);
    m_accepting = std::thread([this] { accept(); });
}

PostgresProxy::~PostgresProxy()
{
    m_stopping = true;
    m_accepting.join();
    for (std::thread& link : m_links)
        link.join();
    ::close(m_listener);
}

void PostgresProxy::accept()
{
    while (!m_stopping) {
        pollfd waiting{m_listener, POLLIN, 0};
        if (::poll(&waiting, 1, kPollMs) <= 0)
            continue;
        const int client = ::accept(m_listener, nullptr, nullptr);
        if (client >= 0)
            m_links.emplace_back([this, client] { pass(client); });
    }
}

void PostgresProxy::pass(int client)
{
    Link link{client, ::socket(AF_INET, SOCK_STREAM, 0)};
    const sockaddr_in address = loopback(m_target);
    const int atOnce = 1;
    ::setsockopt(link.server, IPPROTO_TCP, TCP_NODELAY, &atOnce, sizeof(atOnce));
    ::setsockopt(link.client, IPPROTO_TCP, TCP_NODELAY, &atOnce, sizeof(atOnce));
    bool goes = ::connect(link.server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    while (goes && !m_stopping && !m_refuses) {
        std::array<pollfd, 2> ends{{{link.client, POLLIN, 0}, {link.server, POLLIN, 0}}};
        ::poll(ends.data(), ends.size(), kPollMs);
        if (ends[1].revents != 0)
            goes = passOn(link.server, link.client);
        if (goes && ends[0].revents != 0)
            goes = passRequests(link);
    }
    ::close(link.client);
    ::close(link.server);
}

/// What the client sent next: the rest of a message, or a new one. False when the connection is to end.
bool PostgresProxy::passRequests(Link& link)
{
    while (isReadable(link.client)) {
        if (link.left == 0 && !beginMessage(link))
            return false;
        if (link.left == 0)
            continue; // a message without a body
        std::array<char, 65'536> buffer;
        const ssize_t got = ::recv(link.client, buffer.data(), std::min(buffer.size(), link.left), 0);
        if (got <= 0 || !sendAll(link.server, {buffer.data(), static_cast<std::size_t>(got)}))
            return false;
        link.left -= static_cast<std::size_t>(got);
        if (link.isCut)
            return false;
    }
    return true;
}

/// Reads the type and length of a message, waits or cuts when it is time for that, and passes them on.
bool PostgresProxy::beginMessage(Link& link)
{
    std::array<unsigned char, 5> header{};
    const std::size_t typeBytes = link.isStarted ? 1 : 0;
    const std::size_t wanted = typeBytes + 4;
    if (::recv(link.client, header.data(), wanted, MSG_WAITALL) != static_cast<ssize_t>(wanted))
        return false;
    std::uint32_t length = 0;
    for (std::size_t i = typeBytes; i < wanted; ++i)
        length = length << 8 | header[i];
    if (length < 4)
        return false;
    link.left = length - 4;
    if (link.isStarted && header[0] == 'Q')
        std::this_thread::sleep_for(m_delay.load());
    if (link.isStarted && header[0] == 'd' && m_cuts && link.left > 2) {
        link.left /= 2;
        link.isCut = true;
        ++m_copiesCut;
    }
    link.isStarted = true;
    return sendAll(link.server, {reinterpret_cast<const char*>(header.data()), wanted});
}

} // namespace sextant::test
