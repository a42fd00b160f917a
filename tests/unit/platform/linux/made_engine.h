// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/container_engine.h"

#include <QString>
#include <QStringList>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace sextant::platform {

/// Stands in for a container engine: listens at a socket and answers each path with what a test gave it, or 404; or
/// takes nobody on and never answers.
class MadeEngine {
public:
    enum Mode { Answers, Frozen };

    explicit MadeEngine(const std::string& address, Mode mode = Answers)
        : m_socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_un name = {};
        name.sun_family = AF_UNIX;
        std::memcpy(name.sun_path, address.data(), std::min(address.size(), sizeof(name.sun_path) - 1));
        if (::bind(m_socket, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 || ::listen(m_socket, 4) != 0)
            qFatal("no socket at %s", address.c_str());
        if (mode == Answers)
            m_thread = std::thread([this] { serve(); });
    }
    ~MadeEngine()
    {
        ::shutdown(m_socket, SHUT_RDWR);
        if (m_thread.joinable())
            m_thread.join();
        ::close(m_socket);
    }
    MadeEngine(const MadeEngine&) = delete;
    MadeEngine& operator=(const MadeEngine&) = delete;

    void answer(const std::string& path, std::string body)
    {
        const std::scoped_lock lock(m_mutex);
        m_answers.insert_or_assign(path, std::move(body));
    }
    /// The paths that were asked for, in order.
    [[nodiscard]] QString asked()
    {
        const std::scoped_lock lock(m_mutex);
        return m_asked.join(u' ');
    }
    void forgetAsked()
    {
        const std::scoped_lock lock(m_mutex);
        m_asked.clear();
    }

private:
    void serve()
    {
        while (true) {
            const int client = ::accept4(m_socket, nullptr, nullptr, SOCK_CLOEXEC);
            if (client < 0)
                return;
            std::string request;
            std::array<char, 4'096> buffer{};
            ssize_t count = 0;
            while (request.find("\r\n\r\n") == std::string::npos &&
                   (count = ::recv(client, buffer.data(), buffer.size(), 0)) > 0)
                request.append(buffer.data(), static_cast<std::size_t>(count));
            const std::string answer = answerTo(request);
            for (std::size_t sent = 0; sent < answer.size(); sent += static_cast<std::size_t>(count)) {
                count = ::send(client, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
                if (count <= 0)
                    break;
            }
            ::close(client);
        }
    }

    std::string answerTo(const std::string& request)
    {
        const std::size_t end = request.find(" HTTP/1.0\r\n");
        if (!request.starts_with("GET ") || end == std::string::npos)
            return "HTTP/1.0 400 Bad Request\r\n\r\n";
        const std::string path = request.substr(4, end - 4);
        const std::scoped_lock lock(m_mutex);
        m_asked << QString::fromStdString(path);
        const auto found = m_answers.find(path);
        if (found == m_answers.end())
            return "HTTP/1.0 404 Not Found\r\n\r\n";
        return "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
               std::to_string(found->second.size()) + "\r\n\r\n" + found->second;
    }

    int m_socket;
    std::mutex m_mutex;
    std::map<std::string, std::string> m_answers;
    QStringList m_asked;
    std::thread m_thread;
};

} // namespace sextant::platform
