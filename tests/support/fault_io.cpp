// SPDX-License-Identifier: GPL-3.0-or-later
// Preloaded into a program under test (LD_PRELOAD), this makes a disk fail: while the file SEXTANT_FAULT_CONTROL holds
// a line such as "write ENOSPC", "write EIO", "write EROFS", "fsync EIO" or "all EIO", that call fails so on every file
// below SEXTANT_FAULT_FOLDER (or on that file, when it is one); with "STALL" for the error it does not come back as
// long as the line is there. "write" is write, pwrite and pwritev, with EROFS also what makes, changes and removes a
// file: open for writing, ftruncate, unlink and rename; "fsync" is fsync and fdatasync; "all" is these and read and
// pread. Nothing in it allocates; every call reads the control file anew, so that a test turns a fault on and off by
// writing it. What a kernel does besides (pages thrown away after a failed fsync) is not imitated.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kStall = -1;

/// Whether this file is, or lies below, what is to fail.
bool isBelow(const char* path)
{
    const char* folder = getenv("SEXTANT_FAULT_FOLDER");
    const size_t length = folder ? strlen(folder) : 0;
    return folder && strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

bool isBelow(int file)
{
    char link[64];
    char path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const ssize_t size = readlink(link, path, sizeof path - 1);
    if (size <= 0)
        return false;
    path[size] = '\0';
    return isBelow(path);
}

int errorNamed(const char* name)
{
    return strncmp(name, "ENOSPC", 6) == 0  ? ENOSPC
           : strncmp(name, "EROFS", 5) == 0 ? EROFS
           : strncmp(name, "STALL", 5) == 0 ? kStall
                                            : EIO;
}

/// The error that this call is to end with now, on that descriptor or path; 0: none.
template <typename File>
int faultFor(const char* call, File file)
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
    return fails ? errorNamed(fault + 1) : 0;
}

bool failed(const char* call, int file)
{
    int fault = faultFor(call, file);
    for (; fault == kStall; fault = faultFor(call, file))
        usleep(5'000);
    if (fault != 0)
        errno = fault;
    return fault != 0;
}

bool isReadOnly(const char* path)
{
    const bool is = faultFor("write", path) == EROFS;
    if (is)
        errno = EROFS;
    return is;
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

int open64(const char* path, int flags, ...)
{
    static const auto real = next<int (*)(const char*, int, ...)>("open64");
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    const bool changes = (flags & (O_ACCMODE | O_CREAT | O_TRUNC)) != O_RDONLY;
    return changes && isReadOnly(path) ? -1 : real(path, flags, mode);
}

int open(const char* path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open64(path, flags, mode);
}

int ftruncate64(int file, off64_t size)
{
    static const auto real = next<int (*)(int, off64_t)>("ftruncate64");
    if (faultFor("write", file) == EROFS) {
        errno = EROFS;
        return -1;
    }
    return real(file, size);
}

int ftruncate(int file, off_t size)
{
    return ftruncate64(file, size);
}

int unlink(const char* path)
{
    static const auto real = next<int (*)(const char*)>("unlink");
    return isReadOnly(path) ? -1 : real(path);
}

int rename(const char* from, const char* to)
{
    static const auto real = next<int (*)(const char*, const char*)>("rename");
    return isReadOnly(to) ? -1 : real(from, to);
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
