// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/command.h"

#include "platform/private_pipe.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

namespace sextant::platform {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kErrorBytes = 4096;

/// A pipe that no other program inherits by chance.
class Pipe {
public:
    Pipe() : m_open(openPrivatePipe(m_ends)) {}
    ~Pipe()
    {
        closeEnd(0);
        closeEnd(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    [[nodiscard]] bool isOpen() const { return m_open; }
    [[nodiscard]] int readEnd() const { return m_ends[0]; }
    [[nodiscard]] int writeEnd() const { return m_ends[1]; }
    void closeReadEnd() { closeEnd(0); }
    void closeWriteEnd() { closeEnd(1); }

private:
    void closeEnd(std::size_t end)
    {
        if (m_open && m_ends[end] >= 0)
            ::close(std::exchange(m_ends[end], -1));
    }

    std::array<int, 2> m_ends{-1, -1};
    bool m_open;
};

/// A child that leads its own process group. Killed and reaped at the latest when this ends.
class Child {
public:
    explicit Child(pid_t pid) : m_pid(pid) {}
    ~Child()
    {
        if (m_pid <= 0)
            return;
        ::kill(-m_pid, SIGKILL);
        while (::waitpid(m_pid, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// How it ended, as waitpid(2) says it; nothing when it still runs at `until`.
    [[nodiscard]] std::optional<int> wait(Steady::time_point until)
    {
        constexpr std::chrono::milliseconds kPause{2};
        for (;;) {
            int status = 0;
            const pid_t ended = ::waitpid(m_pid, &status, WNOHANG);
            if (ended == m_pid) {
                m_pid = 0;
                return status;
            }
            if (Steady::now() >= until)
                return std::nullopt;
            std::this_thread::sleep_for(kPause);
        }
    }

private:
    pid_t m_pid;
};

/// The attributes and file actions of posix_spawn, freed at the end.
struct SpawnPlan {
    SpawnPlan()
    {
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawnattr_init(&attributes);
    }
    ~SpawnPlan()
    {
        ::posix_spawn_file_actions_destroy(&actions);
        ::posix_spawnattr_destroy(&attributes);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
};

/// Starts it with the signals as they are by default; the caller's threads may block some. Returns an errno.
int spawn(const std::vector<std::string>& command, const Pipe& output, const Pipe& errors, pid_t& pid)
{
    SpawnPlan plan;
    ::posix_spawn_file_actions_addopen(&plan.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&plan.actions, output.writeEnd(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&plan.actions, errors.writeEnd(), STDERR_FILENO);
    sigset_t none;
    sigset_t all;
    static_cast<void>(sigemptyset(&none)); // macros on macOS
    static_cast<void>(sigfillset(&all));
    ::posix_spawnattr_setpgroup(&plan.attributes, 0);
    ::posix_spawnattr_setsigmask(&plan.attributes, &none);
    ::posix_spawnattr_setsigdefault(&plan.attributes, &all);
    ::posix_spawnattr_setflags(
        &plan.attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::vector<char*> arguments;
    for (const std::string& argument : command)
        arguments.push_back(const_cast<char*>(argument.c_str())); // posix_spawn(3) does not write to them
    arguments.push_back(nullptr);
    static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    static char locale[] = "LC_ALL=C.UTF-8";
    static char zone[] = "TZ=UTC";
    static char home[] = "HOME=/";
    char* const environment[] = {path, locale, zone, home, nullptr};
    return ::posix_spawn(&pid, arguments[0], &plan.actions, &plan.attributes, arguments.data(), environment);
}

/// Reads once what is there. False at the end of the stream.
bool readSome(int descriptor, std::string& into, std::size_t keep)
{
    std::array<char, 16'384> buffer;
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count > 0)
        into.append(buffer.data(), std::min(static_cast<std::size_t>(count), keep - std::min(keep, into.size())));
    return count > 0 || (count < 0 && errno == EINTR);
}

/// Reads both streams to their ends. Fails past a limit.
Result<void> drain(
    Pipe& output, Pipe& errors, const CommandLimits& limits, Steady::time_point until, CommandOutput& into)
{
    while (output.readEnd() >= 0 || errors.readEnd() >= 0) {
        std::array<pollfd, 2> ends{pollfd{output.readEnd(), POLLIN, 0}, pollfd{errors.readEnd(), POLLIN, 0}};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now()).count();
        if (left <= 0)
            return fail(ErrorCode::TimedOut, "did not end in time");
        if (::poll(ends.data(), ends.size(), static_cast<int>(left)) < 0 && errno != EINTR)
            return fail(ErrorCode::Io, std::strerror(errno));
        if (ends[0].revents != 0 && !readSome(output.readEnd(), into.text, limits.outputBytes + 1))
            output.closeReadEnd();
        if (ends[1].revents != 0 && !readSome(errors.readEnd(), into.errors, kErrorBytes))
            errors.closeReadEnd();
        if (into.text.size() > limits.outputBytes)
            return fail(ErrorCode::TooLarge, "printed more than " + std::to_string(limits.outputBytes) + " bytes");
    }
    return {};
}

Error about(const std::string& program, ErrorCode code, const std::string& what)
{
    return {code, program + ": " + what};
}

} // namespace

Result<CommandOutput> runCommand(const std::vector<std::string>& command, const CommandLimits& limits)
{
    const auto until = Steady::now() + limits.deadline;
    const std::string& program = command.front();
    Pipe output;
    Pipe errors;
    if (!output.isOpen() || !errors.isOpen())
        return tl::unexpected(about(program, ErrorCode::Io, std::strerror(errno)));
    pid_t pid = 0;
    if (const int error = spawn(command, output, errors, pid); error != 0) {
        const ErrorCode code = error == ENOENT   ? ErrorCode::NotAvailable
                               : error == EACCES ? ErrorCode::Denied
                                                 : ErrorCode::Io;
        return tl::unexpected(about(program, code, std::strerror(error)));
    }
    Child child(pid);
    output.closeWriteEnd();
    errors.closeWriteEnd();
    CommandOutput result;
    if (auto drained = drain(output, errors, limits, until, result); !drained)
        return tl::unexpected(about(program, drained.error().code, drained.error().message));
    const auto ended = child.wait(until);
    if (!ended)
        return tl::unexpected(about(program, ErrorCode::TimedOut, "did not end in time"));
    int status = *ended; // macOS' macros want one that is not const
    if (!WIFEXITED(status))
        return tl::unexpected(about(program, ErrorCode::Io, "ended by signal " + std::to_string(WTERMSIG(status))));
    result.exitCode = WEXITSTATUS(status);
    return result;
}

} // namespace sextant::platform
