// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// A value below HKEY_LOCAL_MACHINE, in the registry of 64-bit programs. NotFound, Denied or Io. Any thread.
[[nodiscard]] Result<std::string> registryText(const wchar_t* key, const wchar_t* value);
[[nodiscard]] Result<std::uint32_t> registryNumber(const wchar_t* key, const wchar_t* value);

[[nodiscard]] bool registryHasValue(const wchar_t* key, const wchar_t* value);
[[nodiscard]] bool registryHasKey(const wchar_t* key);

enum class RegistryRoot { Machine, Users };
enum class RegistryView { Bits64, Bits32 }; ///< what programs of so many bits see there

/// An open key, for reading.
class RegistryKey {
public:
    static constexpr std::size_t kKeyLimit = 100'000; ///< keys that one may hold; further ones are not seen

    /// NotFound, Denied or Io.
    [[nodiscard]] static Result<RegistryKey> open(RegistryRoot root, const std::wstring& path, RegistryView view);
    [[nodiscard]] Result<RegistryKey> child(const std::wstring& name) const;

    /// The names of the keys directly below.
    [[nodiscard]] std::vector<std::wstring> children() const;

    /// A text, without replacing what stands between % in it, at most 1,023 units; nothing for other values.
    [[nodiscard]] std::optional<std::string> text(const wchar_t* value) const;
    [[nodiscard]] std::optional<std::uint32_t> number(const wchar_t* value) const;

private:
    struct Close {
        void operator()(void* key) const;
    };
    RegistryKey(void* key, RegistryView view) : m_key(key), m_view(view) {}
    [[nodiscard]] static Result<RegistryKey> open(void* parent, const std::wstring& path, RegistryView view);

    std::unique_ptr<void, Close> m_key; ///< an HKEY
    RegistryView m_view;
};

} // namespace sextant::platform
