// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/container_engine.h"

#include "platform/parse/container_engine.h"
#include "platform/windows/handle.h"
#include "platform/windows/wide.h"
#include "platform/windows/windows_error.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <thread>

namespace sextant::platform {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

tl::unexpected<Error> tooLate(const std::string& address)
{
    return fail(ErrorCode::TimedOut, address + " did not answer in time");
}

/// Who listens there learns who asks, and may not act in its name: anybody can make a pipe of a name that is free.
Result<Handle> connected(const std::string& address, steady_clock::time_point deadline)
{
    constexpr milliseconds kPause{10};
    const std::wstring name = toWide(address);
    while (true) {
        Handle pipe(::CreateFileW(name.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING,
            FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, nullptr));
        if (pipe.isOpen())
            return pipe;
        if (::GetLastError() != ERROR_PIPE_BUSY)
            return tl::unexpected(lastError(address));
        if (steady_clock::now() + kPause >= deadline)
            return tooLate(address);
        std::this_thread::sleep_for(kPause);
    }
}

/// One reading or writing with a deadline; no bytes: the other side closed.
class Transfer {
public:
    Transfer(HANDLE pipe, const std::string& address, steady_clock::time_point deadline)
        : m_pipe(pipe), m_event(::CreateEventW(nullptr, TRUE, FALSE, nullptr)), m_address(address), m_deadline(deadline)
    {
    }

    Result<std::size_t> write(std::string_view bytes)
    {
        OVERLAPPED operation = begin();
        const BOOL begun = ::WriteFile(m_pipe, bytes.data(), static_cast<DWORD>(bytes.size()), nullptr, &operation);
        return finish(operation, begun);
    }
    Result<std::size_t> read(std::span<char> room)
    {
        OVERLAPPED operation = begin();
        const BOOL begun = ::ReadFile(m_pipe, room.data(), static_cast<DWORD>(room.size()), nullptr, &operation);
        return finish(operation, begun);
    }

private:
    [[nodiscard]] OVERLAPPED begin() const
    {
        OVERLAPPED operation{};
        operation.hEvent = m_event.get();
        return operation;
    }

    /// One that is given up is taken back before its memory goes.
    Result<std::size_t> finish(OVERLAPPED& operation, BOOL begun)
    {
        const auto failed = [this]() -> Result<std::size_t> {
            const DWORD error = ::GetLastError();
            if (error == ERROR_BROKEN_PIPE || error == ERROR_PIPE_NOT_CONNECTED || error == ERROR_HANDLE_EOF)
                return std::size_t(0);
            return tl::unexpected(windowsError(error, m_address));
        };
        if (begun == 0 && ::GetLastError() != ERROR_IO_PENDING)
            return failed();
        const auto left = std::chrono::duration_cast<milliseconds>(m_deadline - steady_clock::now());
        const auto wait = static_cast<DWORD>(std::clamp(left, milliseconds(0), milliseconds(60'000)).count());
        const bool late = ::WaitForSingleObject(m_event.get(), wait) != WAIT_OBJECT_0;
        if (late)
            ::CancelIoEx(m_pipe, &operation);
        DWORD moved = 0;
        if (::GetOverlappedResult(m_pipe, &operation, &moved, TRUE) != 0)
            return std::size_t(moved);
        if (late)
            return tooLate(m_address);
        return failed();
    }

    HANDLE m_pipe;
    Handle m_event;
    const std::string& m_address;
    steady_clock::time_point m_deadline;
};

} // namespace

std::vector<ContainerEngine> containerEngines(const Roots&)
{
    return {{"docker", R"(\\.\pipe\docker_engine)"}};
}

bool sleeps(const ContainerEngine&, const Roots&)
{
    return false;
}

Result<std::string> askEngine(
    const ContainerEngine& engine, const std::string& path, std::chrono::steady_clock::time_point deadline)
{
    const auto pipe = connected(engine.address, deadline);
    if (!pipe)
        return tl::unexpected(pipe.error());
    Transfer transfer(pipe->get(), engine.address, deadline);
    const std::string request = parse::engineRequest(path);
    for (std::string_view rest = request; !rest.empty();) {
        const auto count = transfer.write(rest);
        if (!count)
            return tl::unexpected(count.error());
        if (*count == 0)
            return fail(ErrorCode::Io, engine.address + " was closed");
        rest.remove_prefix(*count);
    }
    std::string answer;
    std::array<char, 65'536> buffer{};
    while (true) {
        const auto count = transfer.read(buffer);
        if (!count)
            return tl::unexpected(count.error());
        if (*count == 0)
            return parse::engineBody(answer);
        answer.append(buffer.data(), *count);
        if (answer.size() > kMaxEngineAnswer)
            return fail(ErrorCode::TooLarge, engine.address + " answers with more than 16 MiB");
    }
}

} // namespace sextant::platform
