// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <windows.h>

#include <memory>

namespace sextant::process {

// What Windows hands out and wants back by a function of its own.

struct CloseHandleOf {
    void operator()(void* handle) const { ::CloseHandle(handle); }
};
struct LocalFreeOf {
    void operator()(void* memory) const { ::LocalFree(memory); }
};

using Handle = std::unique_ptr<void, CloseHandleOf>; ///< null instead of INVALID_HANDLE_VALUE
template <typename T>
using Local = std::unique_ptr<T, LocalFreeOf>;

} // namespace sextant::process
