// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/windows/worker_process.h"

#include "platform/windows/wide.h"
#include "platform/windows/windows_error.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <vector>

namespace sextant::platform {
namespace {

constexpr SIZE_T kMemoryLimit = SIZE_T{512} << 20;

tl::unexpected<Error> cannotStart(const char* what)
{
    const Error error = lastError(what);
    return fail(error.code, "the worker cannot be started: " + error.message);
}

/// Both ends of a pipe that nobody else can open: the name is new, and its one instance is taken at once.
struct Pipe {
    Handle own;   ///< for operations with a deadline
    Handle child; ///< inherited
};

Result<Pipe> makePipe()
{
    constexpr DWORD kRoom = 64 * 1024;
    static std::atomic<unsigned> number;
    const std::wstring name = LR"(\\.\pipe\sextant-worker-)" + std::to_wstring(::GetCurrentProcessId()) + L'-' +
                              std::to_wstring(++number) + L'-' + std::to_wstring(::GetTickCount64());
    Pipe pipe;
    pipe.own = Handle(
        ::CreateNamedPipeW(name.c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
            PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, kRoom, kRoom, 0, nullptr));
    if (!pipe.own.isOpen())
        return cannotStart("its pipe");
    SECURITY_ATTRIBUTES inherited{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
    pipe.child =
        Handle(::CreateFileW(name.c_str(), GENERIC_READ | GENERIC_WRITE, 0, &inherited, OPEN_EXISTING, 0, nullptr));
    if (!pipe.child.isOpen())
        return cannotStart("its end of the pipe");
    return pipe;
}

/// A job whose processes end when its last handle is closed, which this process holds.
Result<Handle> makeJob()
{
    Handle job(::CreateJobObjectW(nullptr, nullptr));
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_PROCESS_MEMORY;
    limits.ProcessMemoryLimit = kMemoryLimit;
    if (!job.isOpen() ||
        ::SetInformationJobObject(job.get(), JobObjectExtendedLimitInformation, &limits, sizeof(limits)) == 0)
        return cannotStart("its job");
    return job;
}

/// The list of handles that a child inherits: no other that happens to be inheritable.
class InheritedHandles {
public:
    explicit InheritedHandles(HANDLE only) : m_only(only)
    {
        SIZE_T size = 0;
        ::InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
        m_room.resize(size);
        m_complete = ::InitializeProcThreadAttributeList(list(), 1, 0, &size) != 0;
        m_complete = m_complete && ::UpdateProcThreadAttribute(list(), 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, &m_only,
                                       sizeof(m_only), nullptr, nullptr) != 0;
    }
    ~InheritedHandles()
    {
        if (m_complete)
            ::DeleteProcThreadAttributeList(list());
    }
    InheritedHandles(const InheritedHandles&) = delete;
    InheritedHandles& operator=(const InheritedHandles&) = delete;

    [[nodiscard]] bool complete() const { return m_complete; }
    [[nodiscard]] LPPROC_THREAD_ATTRIBUTE_LIST list()
    {
        return reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(m_room.data());
    }

private:
    HANDLE m_only;
    std::vector<std::byte> m_room;
    bool m_complete = false;
};

/// Starts the child in its job: it runs only once it is in it.
Result<Handle> startChild(const std::string& program, HANDLE input, HANDLE job)
{
    InheritedHandles handles(input);
    if (!handles.complete())
        return cannotStart("its handles");
    STARTUPINFOEXW startup{};
    startup.StartupInfo.cb = sizeof(startup);
    startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    startup.StartupInfo.hStdInput = input;
    startup.lpAttributeList = handles.list();
    const std::wstring path = toWide(program);
    std::wstring line = L'"' + path + L"\" worker";
    PROCESS_INFORMATION process{};
    if (::CreateProcessW(path.c_str(), line.data(), nullptr, nullptr, TRUE,
            CREATE_SUSPENDED | CREATE_NO_WINDOW | EXTENDED_STARTUPINFO_PRESENT, nullptr, nullptr, &startup.StartupInfo,
            &process) == 0)
        return cannotStart(program.c_str());
    Handle child(process.hProcess);
    const Handle thread(process.hThread);
    if (::AssignProcessToJobObject(job, child.get()) == 0 || ::ResumeThread(thread.get()) == static_cast<DWORD>(-1)) {
        const auto error = cannotStart("its process");
        ::TerminateProcess(child.get(), 1);
        return error;
    }
    return child;
}

} // namespace

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(const std::string& program)
{
    std::unique_ptr<WorkerProcess> process(new WorkerProcess);
    auto pipe = makePipe();
    if (!pipe)
        return tl::unexpected(pipe.error());
    auto job = makeJob();
    if (!job)
        return tl::unexpected(job.error());
    process->m_event = Handle(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
    if (!process->m_event.isOpen())
        return cannotStart("an event");
    auto child = startChild(program, pipe->child.get(), job->get());
    if (!child)
        return tl::unexpected(child.error());
    process->m_pipe = std::move(pipe->own);
    process->m_job = std::move(*job);
    process->m_child = std::move(*child);
    return process;
}

WorkerProcess::~WorkerProcess()
{
    if (m_job.isOpen())
        ::TerminateJobObject(m_job.get(), 1);
}

Result<void> WorkerProcess::write(std::string_view bytes, TimePoint end)
{
    return transfer(Way::Write, const_cast<char*>(bytes.data()), bytes.size(), end); // only read from
}

Result<std::string> WorkerProcess::read(std::size_t size, TimePoint end)
{
    std::string bytes(size, '\0');
    if (const auto done = transfer(Way::Read, bytes.data(), size, end); !done)
        return tl::unexpected(done.error());
    return bytes;
}

Result<void> WorkerProcess::transfer(Way way, char* bytes, std::size_t size, TimePoint end)
{
    constexpr std::size_t kPiece = 1 << 20;
    while (size > 0) {
        OVERLAPPED operation{};
        operation.hEvent = m_event.get();
        const auto piece = static_cast<DWORD>(std::min(size, kPiece));
        const BOOL begun = way == Way::Write ? ::WriteFile(m_pipe.get(), bytes, piece, nullptr, &operation)
                                             : ::ReadFile(m_pipe.get(), bytes, piece, nullptr, &operation);
        if (begun == 0 && ::GetLastError() != ERROR_IO_PENDING)
            return fail(ErrorCode::Io, "the worker ended");
        const auto moved = finish(operation, end);
        if (!moved)
            return tl::unexpected(moved.error());
        bytes += *moved;
        size -= *moved;
    }
    return {};
}

/// Waits for an operation; one that is given up is taken back before its memory goes.
Result<DWORD> WorkerProcess::finish(OVERLAPPED& operation, TimePoint end)
{
    using std::chrono::milliseconds;
    const auto left = std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now());
    const auto wait =
        static_cast<DWORD>(std::clamp(left, milliseconds(0), milliseconds(std::chrono::hours(24))).count());
    const std::array<HANDLE, 2> events{operation.hEvent, m_child.get()};
    const DWORD woken = ::WaitForMultipleObjects(static_cast<DWORD>(events.size()), events.data(), FALSE, wait);
    if (woken != WAIT_OBJECT_0)
        ::CancelIoEx(m_pipe.get(), &operation);
    DWORD moved = 0;
    if (::GetOverlappedResult(m_pipe.get(), &operation, &moved, TRUE) != 0 && moved > 0)
        return moved;
    return woken == WAIT_TIMEOUT ? fail(ErrorCode::TimedOut, "the worker did not answer in time")
                                 : fail(ErrorCode::Io, "the worker ended");
}

} // namespace sextant::platform
