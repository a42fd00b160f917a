// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/bsd/sysctl.h"

#include "platform/parse/raw_bytes.h"

#include <sys/sysctl.h>
#include <sys/types.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace sextant::platform {

Error errorFor(int number, const std::string& what)
{
    ErrorCode code = ErrorCode::Io;
    if (number == ENOENT || number == ESRCH || number == ENXIO)
        code = ErrorCode::NotFound;
    else if (number == EACCES || number == EPERM)
        code = ErrorCode::Denied;
    else if (number == EOPNOTSUPP || number == ENOTSUP)
        code = ErrorCode::NotAvailable;
    return Error{code, "cannot read " + what + ": " + std::system_category().message(number)};
}

Result<std::vector<std::byte>> sysctlBytes(std::span<const int> path, const std::string& what)
{
    constexpr int kTries = 5;
    const auto length = static_cast<unsigned>(path.size());
    // The call does not write to the path; its type is older than const.
    int* const names = const_cast<int*>(path.data());
    std::vector<std::byte> bytes;
    for (int i = 0; i < kTries; ++i) {
        std::size_t size = 0;
        if (::sysctl(names, length, nullptr, &size, nullptr, 0) != 0)
            return tl::unexpected(errorFor(errno, what));
        size += size / 8; // lists grow
        bytes.resize(size);
        if (::sysctl(names, length, bytes.data(), &size, nullptr, 0) == 0) {
            bytes.resize(size);
            return bytes;
        }
        if (errno != ENOMEM)
            return tl::unexpected(errorFor(errno, what));
    }
    return fail(ErrorCode::Busy, what + " grows faster than it can be read");
}

Result<std::vector<std::byte>> sysctlBytes(const std::string& name)
{
    std::array<int, 24> path{}; // CTL_MAXNAME
    std::size_t length = path.size();
    if (::sysctlnametomib(name.c_str(), path.data(), &length) != 0)
        return tl::unexpected(errorFor(errno, name));
    return sysctlBytes(std::span(path).first(length), name);
}

Result<std::uint64_t> sysctlNumber(const std::string& name)
{
    const auto bytes = sysctlBytes(name);
    if (!bytes)
        return tl::unexpected(bytes.error());
    if (bytes->size() == sizeof(std::uint32_t))
        return parse::numberAt<std::uint32_t>(*bytes, 0);
    if (bytes->size() == sizeof(std::uint64_t))
        return parse::numberAt<std::uint64_t>(*bytes, 0);
    return fail(ErrorCode::Malformed, name + " is no number");
}

Result<std::string> sysctlText(const std::string& name)
{
    return sysctlBytes(name).map(
        [](const std::vector<std::byte>& bytes) { return parse::textAt(bytes, 0, bytes.size()); });
}

} // namespace sextant::platform
