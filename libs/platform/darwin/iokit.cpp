// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/darwin/iokit.h"

#include <utility>

namespace sextant::platform {

Result<IoKit> IoKit::load()
{
    auto services = SharedLibrary::load("/System/Library/Frameworks/IOKit.framework/IOKit");
    if (!services)
        return tl::unexpected(services.error());
    auto foundation = SharedLibrary::load("/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation");
    if (!foundation)
        return tl::unexpected(foundation.error());
    IoKit kit;
    kit.services = std::move(*services);
    kit.foundation = std::move(*foundation);
    const bool whole =
        kit.services.find("IOServiceMatching", kit.matching) &&
        kit.services.find("IOServiceGetMatchingServices", kit.getMatching) &&
        kit.services.find("IOIteratorNext", kit.next) && kit.services.find("IOObjectRelease", kit.release) &&
        kit.services.find("IORegistryEntryGetChildEntry", kit.getChild) &&
        kit.services.find("IORegistryEntryCreateCFProperty", kit.createProperty) &&
        kit.foundation.find("CFStringCreateWithCString", kit.createString) &&
        kit.foundation.find("CFStringGetCString", kit.getString) &&
        kit.foundation.find("CFDictionaryGetValue", kit.inDictionary) &&
        kit.foundation.find("CFNumberGetValue", kit.getNumber) && kit.foundation.find("CFGetTypeID", kit.typeOf) &&
        kit.foundation.find("CFStringGetTypeID", kit.stringType) &&
        kit.foundation.find("CFDictionaryGetTypeID", kit.dictionaryType) &&
        kit.foundation.find("CFNumberGetTypeID", kit.numberType) && kit.foundation.find("CFRelease", kit.releaseValue);
    if (!whole)
        return fail(ErrorCode::NotAvailable, "this macOS lacks a function of IOKit or CoreFoundation that is needed");
    return kit;
}

} // namespace sextant::platform
