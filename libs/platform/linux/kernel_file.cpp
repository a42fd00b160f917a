// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/linux/kernel_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace sextant::platform {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept
{
    if (this != &other) {
        reset();
        m_number = other.release();
    }
    return *this;
}

void Descriptor::reset()
{
    if (m_number >= 0)
        ::close(m_number);
    m_number = -1;
}

int Descriptor::release()
{
    return std::exchange(m_number, -1);
}

Error errorFor(int number, const std::string& path)
{
    ErrorCode code = ErrorCode::Io;
    switch (number) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH:
    case ENODEV:
    case ENXIO:
        code = ErrorCode::NotFound;
        break;
    case EACCES:
    case EPERM:
        code = ErrorCode::Denied;
        break;
    case EOPNOTSUPP:
        code = ErrorCode::NotAvailable;
        break;
    default:
        break;
    }
    return Error{code, "cannot read " + path + ": " + std::system_category().message(number)};
}

Descriptor openForReading(int directory, const char* path)
{
    return Descriptor(::openat(directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

KernelFile::KernelFile(std::string path) : m_path(std::move(path)) {}

Result<std::string_view> KernelFile::read()
{
    const bool wasOpen = m_file.isOpen();
    Result<std::size_t> size = fill();
    if (wasOpen && (!size || *size == 0))
        size = fill();
    if (!size)
        return tl::unexpected(size.error());
    return std::string_view(m_buffer.data(), *size);
}

/// Opens the file if it is not open and reads it into the buffer. Closes it on failure and where it is empty, so that
/// the next attempt opens it again.
Result<std::size_t> KernelFile::fill()
{
    constexpr std::size_t kFirstSize = 4096;
    if (!m_file.isOpen()) {
        m_file = openForReading(AT_FDCWD, m_path.c_str());
        if (!m_file.isOpen())
            return tl::unexpected(errorFor(errno, m_path));
    }
    if (m_buffer.empty())
        m_buffer.resize(kFirstSize);
    std::size_t size = 0;
    while (true) {
        const ssize_t count =
            ::pread(m_file.number(), m_buffer.data() + size, m_buffer.size() - size, static_cast<off_t>(size));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            const Error error = errorFor(errno, m_path);
            m_file.reset();
            return tl::unexpected(error);
        }
        if (count == 0)
            break;
        size += static_cast<std::size_t>(count);
        if (size == m_buffer.size()) {
            if (size >= kMaxSize) {
                m_file.reset();
                return fail(ErrorCode::TooLarge, m_path + " is larger than 64 MiB");
            }
            m_buffer.resize(size * 2);
        }
    }
    if (size == 0)
        m_file.reset();
    return size;
}

std::optional<std::string_view> readOnce(int directory, const char* path, std::span<char> buffer)
{
    const Descriptor file = openForReading(directory, path);
    if (!file.isOpen())
        return std::nullopt;
    ssize_t count = 0;
    do {
        count = ::read(file.number(), buffer.data(), buffer.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return std::nullopt;
    return std::string_view(buffer.data(), static_cast<std::size_t>(count));
}

Result<std::string> readWhole(const std::string& path)
{
    constexpr std::size_t kLimit = std::size_t(1) << 20;
    KernelFile file(path);
    const auto text = file.read();
    if (!text)
        return tl::unexpected(text.error());
    if (text->size() > kLimit)
        return fail(ErrorCode::TooLarge, path + " is larger than 1 MiB");
    return std::string(*text);
}

} // namespace sextant::platform
