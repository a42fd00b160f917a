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
        kit.services.find("IORegistryEntryCreateCFProperties", kit.createProperties) &&
        kit.foundation.find("CFStringCreateWithCString", kit.createString) &&
        kit.foundation.find("CFStringGetCString", kit.getString) &&
        kit.foundation.find("CFDictionaryGetValue", kit.inDictionary) &&
        kit.foundation.find("CFNumberGetValue", kit.getNumber) &&
        kit.foundation.find("CFBooleanGetValue", kit.getBoolean) && kit.foundation.find("CFGetTypeID", kit.typeOf) &&
        kit.foundation.find("CFStringGetTypeID", kit.stringType) &&
        kit.foundation.find("CFDictionaryGetTypeID", kit.dictionaryType) &&
        kit.foundation.find("CFNumberGetTypeID", kit.numberType) &&
        kit.foundation.find("CFBooleanGetTypeID", kit.booleanType) &&
        kit.foundation.find("CFRelease", kit.releaseValue);
    if (!whole)
        return fail(ErrorCode::NotAvailable, "this macOS lacks a function of IOKit or CoreFoundation that is needed");
    return kit;
}

IoKit::Value IoKit::property(Object entry, const char* name, unsigned long type) const
{
    const Value key = createString(nullptr, name, kUtf8);
    const IoKitHeld keyHeld(*this, key);
    const Value value = key != nullptr ? createProperty(entry, key, nullptr, 0) : nullptr;
    if (value == nullptr || typeOf(value) == type)
        return value;
    releaseValue(value);
    return nullptr;
}

IoKit::Value IoKit::valueIn(Value dictionary, const char* name, unsigned long type) const
{
    const Value key = createString(nullptr, name, kUtf8);
    const IoKitHeld keyHeld(*this, key);
    const Value value = key != nullptr ? inDictionary(dictionary, key) : nullptr;
    return value != nullptr && typeOf(value) == type ? value : nullptr;
}

std::optional<std::int64_t> IoKit::numberIn(Value dictionary, const char* name) const
{
    if (const Value truth = valueIn(dictionary, name, booleanType()))
        return getBoolean(truth) != 0 ? 1 : 0;
    const Value value = valueIn(dictionary, name, numberType());
    std::int64_t number = 0;
    if (value == nullptr || !getNumber(value, kInt64, &number))
        return std::nullopt;
    return number;
}

IoKitHeld::IoKitHeld(const IoKit& kit, IoKit::Object object)
    : m_release([&kit, object] {
          if (object != 0)
              kit.release(object);
      })
{
}

IoKitHeld::IoKitHeld(const IoKit& kit, IoKit::Value value)
    : m_release([&kit, value] {
          if (value != nullptr)
              kit.releaseValue(value);
      })
{
}

} // namespace sextant::platform
