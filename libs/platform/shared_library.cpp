// SPDX-License-Identifier: GPL-3.0-or-later
// Linux and macOS.
#include "platform/shared_library.h"

#include <dlfcn.h>

namespace sextant::platform {

Result<SharedLibrary> SharedLibrary::load(const std::string& name)
{
    SharedLibrary library;
    library.m_library = {::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL), [](void* handle) {
                             if (handle != nullptr)
                                 ::dlclose(handle);
                         }};
    if (!library.m_library)
        return fail(ErrorCode::NotAvailable, "there is no library " + name);
    return library;
}

SharedLibrary::Address SharedLibrary::address(const char* name) const
{
    return reinterpret_cast<Address>(::dlsym(m_library.get(), name));
}

} // namespace sextant::platform
