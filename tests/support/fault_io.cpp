// SPDX-License-Identifier: GPL-3.0-or-later
// Preloaded into a program under test (LD_PRELOAD), this makes a disk fail: while the file SEXTANT_FAULT_CONTROL holds
// a line such as "write ENOSPC", "write EIO", "fsync EIO" or "all EIO", that call fails so on every file below
// SEXTANT_FAULT_FOLDER (or on that file, when it is one). "write" is write, pwrite and pwritev; "fsync" is fsync and
// fdatasync; "all" is these and read and pread. Nothing in it allocates; every call reads the control file anew, so
// that a test turns a fault on and off by writing it. What a kernel does besides (pages thrown away after a failed
// fsync) is not imitated.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

/// Whether the file of this descriptor is, or lies below, what is to fail.
bool isBelow(int file)
{
    const char* folder = getenv("SEXTANT_FAULT_FOLDER");
    char link[64];
    char path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const ssize_t size = readlink(link, path, sizeof path - 1);
    if (!folder || size <= 0)
        return false;
    path[size] = '\0';
    const size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/// The error that this call is to end with now; 0: none.
int faultFor(const char* call, int file)
{
    const char* control = getenv("SEXTANT_FAULT_CONTROL");
    char line[64];
    if (!control)
        return 0;
    const int saved = errno;
    const int handle = static_cast<int>(syscall(SYS_openat, AT_FDCWD, control, O_RDONLY | O_CLOEXEC));
    const ssize_t size = handle < 0 ? -1 : syscall(SYS_read, handle, line, sizeof line - 1);
    if (handle >= 0)
        close(handle);
    line[size > 0 ? size : 0] = '\0';
    const char* const fault = strchr(line, ' ');
    const size_t length = fault ? static_cast<size_t>(fault - line) : 0;
    const bool isMeant =
        fault && (strncmp(line, "all ", 4) == 0 || (strlen(call) == length && strncmp(line, call, length) == 0));
    const bool fails = isMeant && isBelow(file);
    errno = saved;
    return !fails ? 0 : strncmp(fault + 1, "ENOSPC", 6) == 0 ? ENOSPC : EIO;
}

bool failed(const char* call, int file)
{
    const int fault = faultFor(call, file);
    if (fault != 0)
        errno = fault;
    return fault != 0;
}

/// The function that this library stands in front of.
template <typename Function>
Function next(const char* name)
{
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

} // namespace

extern "C" {

ssize_t read(int file, void* data, size_t size)
{
    static const auto real = next<ssize_t (*)(int, void*, size_t)>("read");
    return failed("read", file) ? -1 : real(file, data, size);
}

ssize_t pread64(int file, void* data, size_t size, off64_t offset)
{
    static const auto real = next<ssize_t (*)(int, void*, size_t, off64_t)>("pread64");
    return failed("read", file) ? -1 : real(file, data, size, offset);
}

ssize_t pread(int file, void* data, size_t size, off_t offset)
{
    return pread64(file, data, size, offset);
}

ssize_t write(int file, const void* data, size_t size)
{
    static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
    return failed("write", file) ? -1 : real(file, data, size);
}

ssize_t pwrite64(int file, const void* data, size_t size, off64_t offset)
{
    static const auto real = next<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
    return failed("write", file) ? -1 : real(file, data, size, offset);
}

ssize_t pwrite(int file, const void* data, size_t size, off_t offset)
{
    return pwrite64(file, data, size, offset);
}

ssize_t pwritev(int file, const struct iovec* parts, int count, off_t offset)
{
    static const auto real = next<ssize_t (*)(int, const struct iovec*, int, off_t)>("pwritev");
    return failed("write", file) ? -1 : real(file, parts, count, offset);
}

int fsync(int file)
{
    static const auto real = next<int (*)(int)>("fsync");
    return failed("fsync", file) ? -1 : real(file);
}

int fdatasync(int file)
{
    static const auto real = next<int (*)(int)>("fdatasync");
    return failed("fsync", file) ? -1 : real(file);
}

} // extern "C"
