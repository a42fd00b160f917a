// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/shared_library.h"

#include "platform/windows/wide.h"
#include "platform/windows/windows_api.h"

namespace sextant::platform {

Result<SharedLibrary> SharedLibrary::load(const std::string& name)
{
    // A bare name only from the system's own folder: nothing that lies beside the program or in the PATH.
    const bool isPath = name.find('\\') != std::string::npos;
    const DWORD where = isPath ? LOAD_WITH_ALTERED_SEARCH_PATH : LOAD_LIBRARY_SEARCH_SYSTEM32;
    SharedLibrary library;
    library.m_library = {::LoadLibraryExW(toWide(name).c_str(), nullptr, where), [](void* module) {
                             if (module != nullptr)
                                 ::FreeLibrary(static_cast<HMODULE>(module));
                         }};
    if (!library.m_library)
        return fail(ErrorCode::NotAvailable, "there is no library " + name);
    return library;
}

SharedLibrary::Address SharedLibrary::address(const char* name) const
{
    return reinterpret_cast<Address>(::GetProcAddress(static_cast<HMODULE>(m_library.get()), name));
}

} // namespace sextant::platform
