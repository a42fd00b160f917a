// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/private_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

namespace sextant::process {
namespace {

constexpr std::size_t kMaxBytes = 1U << 20;

/// An open file, closed at the end of its scope.
class File {
public:
    explicit File(int descriptor) : m_descriptor(descriptor) {}
    ~File()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    [[nodiscard]] bool open() const { return m_descriptor >= 0; }
    [[nodiscard]] int get() const { return m_descriptor; }

private:
    int m_descriptor;
};

tl::unexpected<Error> systemError(const std::string& path)
{
    const int error = errno;
    ErrorCode code = ErrorCode::Io;
    if (error == ENOENT)
        code = ErrorCode::NotFound;
    else if (error == EACCES || error == EPERM || error == EROFS)
        code = ErrorCode::Denied;
    else if (error == EEXIST)
        code = ErrorCode::Conflict;
    return fail(code, path + ": " + std::strerror(error));
}

std::string folderOf(const std::string& path)
{
    return std::filesystem::path(path).parent_path().string();
}

/// Root gives what it makes to the owner of the folder; others own what they make anyway.
Result<void> giveToOwnerOf(const std::string& dir, const File& file, const std::string& path)
{
    struct stat status {};
    if (::geteuid() != 0)
        return {};
    if (::stat(dir.c_str(), &status) != 0)
        return systemError(dir);
    if (::fchown(file.get(), status.st_uid, status.st_gid) != 0)
        return systemError(path);
    return {};
}

Result<void> writeAll(const File& file, std::string_view bytes, const std::string& path)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return systemError(path);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file.get()) != 0)
        return systemError(path);
    return {};
}

Result<void> syncFolder(const std::string& dir)
{
    const File folder(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.open() || ::fsync(folder.get()) != 0)
        return systemError(dir);
    return {};
}

} // namespace

Result<void> preparePrivateFolder(const std::string& dir)
{
    std::error_code error;
    std::filesystem::create_directories(folderOf(dir), error);
    if (::mkdir(dir.c_str(), 0700) != 0 && errno != EEXIST)
        return systemError(dir);
    struct stat status {};
    if (::stat(dir.c_str(), &status) != 0)
        return systemError(dir);
    if (!S_ISDIR(status.st_mode))
        return fail(ErrorCode::Conflict, dir + ": is no folder");
    if ((status.st_mode & 077) != 0 && ::chmod(dir.c_str(), 0700) != 0)
        return systemError(dir);
    return {};
}

Result<void> createPrivateFile(const std::string& path, std::string_view bytes)
{
    const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.open())
        return systemError(path);
    auto done = giveToOwnerOf(folderOf(path), file, path).and_then([&] { return writeAll(file, bytes, path); });
    if (!done)
        ::unlink(path.c_str());
    return done;
}

Result<void> ensurePrivateFile(const std::string& path)
{
    const File file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file.open() || ::fchmod(file.get(), 0600) != 0)
        return systemError(path);
    return {};
}

Result<void> replacePrivateFile(const std::string& path, std::string_view bytes)
{
    const std::string temporary = path + ".new";
    ::unlink(temporary.c_str()); // left over from a crash
    return createPrivateFile(temporary, bytes).and_then([&]() -> Result<void> {
        if (std::rename(temporary.c_str(), path.c_str()) != 0)
            return systemError(path);
        return syncFolder(folderOf(path));
    });
}

Result<std::string> readPrivateFile(const std::string& path)
{
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!file.open() || ::fstat(file.get(), &status) != 0)
        return systemError(path);
    if ((status.st_mode & 077) != 0)
        return fail(ErrorCode::Denied, path + ": may be read by others than its owner; chmod 600 it, or enrol again");
    std::string bytes;
    std::array<char, 4096> block{};
    while (bytes.size() <= kMaxBytes) {
        const ssize_t size = ::read(file.get(), block.data(), block.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return systemError(path);
        if (size == 0)
            return bytes;
        bytes.append(block.data(), static_cast<std::size_t>(size));
    }
    return fail(ErrorCode::TooLarge, path + ": larger than 1 MiB");
}

std::uint64_t fileVersion(const std::string& path)
{
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        return 0;
    const auto mix = [](std::uint64_t hash, std::uint64_t value) { return (hash ^ value) * 0x100000001b3ULL; };
    std::uint64_t version = mix(0xcbf29ce484222325ULL, static_cast<std::uint64_t>(status.st_ino));
    std::error_code error;
    const auto written = std::filesystem::last_write_time(path, error).time_since_epoch().count();
    version = mix(version, static_cast<std::uint64_t>(written));
    return version == 0 ? 1 : version;
}

Result<void> syncFile(const std::string& path)
{
    const File file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!file.open() || ::fsync(file.get()) != 0)
        return systemError(path);
    return {};
}

} // namespace sextant::process
