// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::platform {

/// Owns a file descriptor.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int number) : m_number(number) {}
    ~Descriptor() { reset(); }
    Descriptor(Descriptor&& other) noexcept : m_number(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] int number() const { return m_number; }
    [[nodiscard]] bool isOpen() const { return m_number >= 0; }
    void reset();

private:
    [[nodiscard]] int release();

    int m_number = -1;
};

/// A file of /proc or /sys that is read again and again. It stays open, and each read starts again at its beginning,
/// which makes the kernel write it anew: half the cost of opening it each time. The text is valid until the next read.
/// A file that the kernel took away (its device went) is opened again.
class KernelFile {
public:
    static constexpr std::size_t kMaxSize = std::size_t(64) << 20;

    explicit KernelFile(std::string path);

    /// The whole file. NotFound, Denied, NotAvailable (the kernel has switched the subject off) or Io by errno;
    /// TooLarge past kMaxSize.
    [[nodiscard]] Result<std::string_view> read();

    [[nodiscard]] const std::string& path() const { return m_path; }

private:
    [[nodiscard]] Result<std::size_t> fill();

    std::string m_path;
    Descriptor m_file;
    std::vector<char> m_buffer;
};

/// The error for `number` (an errno) of an attempt on `path`.
[[nodiscard]] Error errorFor(int number, const std::string& path);

/// Opens `path`, below the folder `directory` unless absolute, for reading. Never blocks on a pipe, never follows into
/// a terminal.
[[nodiscard]] Descriptor openForReading(int directory, const char* path);

/// Reads what one read gives (at most `buffer`) of the file `path` below the open folder `directory`. Nothing when it
/// cannot be opened or read: the usual way to meet a file that vanished. No allocation.
[[nodiscard]] std::optional<std::string_view> readOnce(int directory, const char* path, std::span<char> buffer);

/// A small whole file read once, e.g. at start. At most 1 MiB.
[[nodiscard]] Result<std::string> readWhole(const std::string& path);

} // namespace sextant::platform
