// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/windows/windows_api.h"

#include <memory>

namespace sextant::platform {

struct CloseTheHandle {
    using pointer = HANDLE;
    void operator()(HANDLE handle) const { ::CloseHandle(handle); }
};

/// An open handle, closed at the end; empty for NULL and INVALID_HANDLE_VALUE, which calls use in turn for none.
class Handle {
public:
    Handle() = default;
    explicit Handle(HANDLE handle) : m_handle(handle == INVALID_HANDLE_VALUE ? nullptr : handle) {}

    [[nodiscard]] bool isOpen() const { return m_handle != nullptr; }
    [[nodiscard]] HANDLE get() const { return m_handle.get(); }

private:
    std::unique_ptr<HANDLE, CloseTheHandle> m_handle;
};

} // namespace sextant::platform
