// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <memory>
#include <string>

namespace sextant::platform {

/// A library that is loaded while the program runs, because not every machine has it. Unloaded at the end.
class SharedLibrary {
public:
    /// By name, looked for where the system keeps its own libraries, or by path. NotAvailable when it is not there.
    [[nodiscard]] static Result<SharedLibrary> load(const std::string& name);

    /// Sets `function` to the function of that name; false, and null, when the library has none.
    template <typename Function>
    [[nodiscard]] bool find(const char* name, Function*& function) const
    {
        function = reinterpret_cast<Function*>(address(name));
        return function != nullptr;
    }

private:
    using Address = void (*)();

    [[nodiscard]] Address address(const char* name) const;

    std::shared_ptr<void> m_library;
};

} // namespace sextant::platform
