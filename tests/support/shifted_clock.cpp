// SPDX-License-Identifier: GPL-3.0-or-later
// Preloaded into programs under test (LD_PRELOAD), this sets their clocks while they run: the file
// SEXTANT_CLOCK_CONTROL holds by how many seconds the wall clock (CLOCK_REALTIME) is moved and, after a space, by how
// many the time since boot (CLOCK_BOOTTIME, which goes on while a machine sleeps). "3600" is a clock that was set an
// hour forward, "3600 3600" a machine that slept for an hour. Nothing in it allocates; every call reads the file anew.
// What the kernel's own waits go by is not moved.
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>

namespace {

long secondsOf(bool sinceBoot)
{
    const char* control = getenv("SEXTANT_CLOCK_CONTROL");
    char line[64];
    if (!control)
        return 0;
    const int saved = errno;
    const int handle = static_cast<int>(syscall(SYS_openat, AT_FDCWD, control, O_RDONLY | O_CLOEXEC));
    const long size = handle < 0 ? -1 : syscall(SYS_read, handle, line, sizeof line - 1);
    if (handle >= 0)
        syscall(SYS_close, handle);
    errno = saved;
    line[size > 0 ? size : 0] = '\0';
    char* end = line;
    const long wall = strtol(line, &end, 10);
    return sinceBoot ? strtol(end, nullptr, 10) : wall;
}

int now(clockid_t clock, timespec* time)
{
    return static_cast<int>(syscall(SYS_clock_gettime, clock, time));
}

} // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time)
{
    const int result = now(clock, time);
    const bool isWall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    if (result == 0 && (isWall || clock == CLOCK_BOOTTIME))
        time->tv_sec += secondsOf(!isWall);
    return result;
}

int gettimeofday(timeval* __restrict time, void* __restrict)
{
    timespec exact{};
    const int result = clock_gettime(CLOCK_REALTIME, &exact);
    *time = {exact.tv_sec, exact.tv_nsec / 1'000};
    return result;
}

time_t time(time_t* into)
{
    timespec exact{};
    clock_gettime(CLOCK_REALTIME, &exact);
    if (into)
        *into = exact.tv_sec;
    return exact.tv_sec;
}

} // extern "C"
