// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/container_engine.h"

#include "platform/linux/cgroup_tree.h"
#include "platform/linux/kernel_file.h"
#include "platform/parse/container_engine.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace sextant::platform {
namespace {

using std::chrono::steady_clock;

tl::unexpected<Error> tooLate(const std::string& address)
{
    return fail(ErrorCode::TimedOut, address + " did not answer in time");
}

/// Waits until the socket is ready for `events` or the deadline is over.
Result<void> await(int socket, short events, steady_clock::time_point deadline, const std::string& address)
{
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
        if (left.count() <= 0)
            return tooLate(address);
        pollfd asked{socket, events, 0};
        const int ready = ::poll(&asked, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
        if (ready > 0)
            return {};
        if (ready < 0 && errno != EINTR)
            return tl::unexpected(errorFor(errno, address));
    }
}

Result<Descriptor> connected(const std::string& address)
{
    sockaddr_un name = {};
    name.sun_family = AF_UNIX;
    if (address.size() >= sizeof(name.sun_path))
        return fail(ErrorCode::NotFound, address + " is too long for a socket");
    std::memcpy(name.sun_path, address.data(), address.size());
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.isOpen())
        return tl::unexpected(errorFor(errno, address));
    // Local sockets connect at once or not at all: EAGAIN says that too many wait for one who takes nobody on.
    if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0)
        return socket;
    if (errno == EAGAIN)
        return tooLate(address);
    if (errno == ECONNREFUSED)
        return fail(ErrorCode::Unreachable, "nobody listens at " + address);
    return tl::unexpected(errorFor(errno, address));
}

Result<void> send(int socket, std::string_view bytes, steady_clock::time_point deadline, const std::string& address)
{
    while (!bytes.empty()) {
        const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            if (auto ready = await(socket, POLLOUT, deadline, address); !ready)
                return ready;
        } else if (errno != EINTR) {
            return tl::unexpected(errorFor(errno, address));
        }
    }
    return {};
}

/// All that comes until the other side closes.
Result<std::string> receive(int socket, steady_clock::time_point deadline, const std::string& address)
{
    std::string answer;
    std::array<char, 65'536> buffer{};
    while (true) {
        if (auto ready = await(socket, POLLIN, deadline, address); !ready)
            return tl::unexpected(ready.error());
        const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (count == 0)
            return answer;
        if (count < 0) {
            if (errno == EAGAIN || errno == EINTR)
                continue;
            return tl::unexpected(errorFor(errno, address));
        }
        answer.append(buffer.data(), static_cast<std::size_t>(count));
        if (answer.size() > kMaxEngineAnswer)
            return fail(ErrorCode::TooLarge, address + " answers with more than 16 MiB");
    }
}

} // namespace

std::vector<ContainerEngine> containerEngines(const Roots& roots)
{
    std::vector<ContainerEngine> engines{
        {"docker", roots.path("/run/docker.sock")}, {"podman", roots.path("/run/podman/podman.sock"), true}};
    std::error_code error;
    const auto first = std::filesystem::canonical(engines[0].address, error);
    if (!error && first == std::filesystem::canonical(engines[1].address, error)) // by the package podman-docker
        engines.erase(engines.begin());
    return engines;
}

bool sleeps(const ContainerEngine& engine, const Roots& roots)
{
    if (!engine.onDemand)
        return false;
    const auto tree = CgroupTree::find(roots.sys);
    std::error_code error;
    return !tree || !std::filesystem::exists(tree->root + "/system.slice/" + engine.runtime + ".service", error);
}

Result<std::string> askEngine(
    const ContainerEngine& engine, const std::string& path, std::chrono::steady_clock::time_point deadline)
{
    const auto socket = connected(engine.address);
    if (!socket)
        return tl::unexpected(socket.error());
    return send(socket->number(), parse::engineRequest(path), deadline, engine.address)
        .and_then([&] { return receive(socket->number(), deadline, engine.address); })
        .and_then([](const std::string& answer) { return parse::engineBody(answer); });
}

} // namespace sextant::platform
