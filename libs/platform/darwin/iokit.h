// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/shared_library.h"

#include <cstdint>
#include <functional>
#include <optional>

namespace sextant::platform {

/// The few functions of IOKit and CoreFoundation that are needed, loaded while the program runs: their headers come
/// with Apple's SDK only, so what is said of them here is from Apple's published sources (IOKitLib.h, CFBase.h,
/// CFDictionary.h, CFNumber.h, CFString.h). Objects that a function "creates" belong to the caller.
struct IoKit {
    using Object = std::uint32_t; ///< io_object_t, a Mach port; 0 is none
    using Value = const void*;    ///< CFTypeRef

    static constexpr std::uint32_t kUtf8 = 0x0800'0100; ///< kCFStringEncodingUTF8
    static constexpr long kInt64 = 4;                   ///< kCFNumberSInt64Type

    SharedLibrary services;
    SharedLibrary foundation;

    /// A dictionary, which getMatching() takes over.
    Value (*matching)(const char* className) = nullptr;
    int (*getMatching)(Object mainPort, Value matching, Object* iterator) = nullptr;
    Object (*next)(Object iterator) = nullptr;
    int (*release)(Object object) = nullptr;
    int (*getChild)(Object entry, const char* plane, Object* child) = nullptr;
    Value (*createProperty)(Object entry, Value key, Value allocator, std::uint32_t options) = nullptr;
    /// All of them, as a dictionary.
    int (*createProperties)(Object entry, Value* properties, Value allocator, std::uint32_t options) = nullptr;

    Value (*createString)(Value allocator, const char* text, std::uint32_t encoding) = nullptr;
    unsigned char (*getString)(Value string, char* room, long size, std::uint32_t encoding) = nullptr;
    Value (*inDictionary)(Value dictionary, Value key) = nullptr; ///< belongs to the dictionary; null when not there
    unsigned char (*getNumber)(Value number, long type, void* room) = nullptr;
    unsigned char (*getBoolean)(Value boolean) = nullptr;
    unsigned long (*typeOf)(Value value) = nullptr;
    unsigned long (*stringType)() = nullptr;
    unsigned long (*dictionaryType)() = nullptr;
    unsigned long (*numberType)() = nullptr;
    unsigned long (*booleanType)() = nullptr;
    void (*releaseValue)(Value value) = nullptr;

    /// NotAvailable when a framework or a function of it is not there.
    [[nodiscard]] static Result<IoKit> load();

    /// A property of a registry's entry; the caller releases it. Null when there is none of that type.
    [[nodiscard]] Value property(Object entry, const char* name, unsigned long type) const;

    /// What a dictionary has under that name, and it keeps; null when that is nothing, or of another type.
    [[nodiscard]] Value valueIn(Value dictionary, const char* name, unsigned long type) const;

    /// A number in a dictionary, or a truth as 0 or 1. The registry's numbers are unsigned: past 2^63 they come out
    /// below 0.
    [[nodiscard]] std::optional<std::int64_t> numberIn(Value dictionary, const char* name) const;
};

/// Lets go of an object or a value at the end.
class IoKitHeld {
public:
    IoKitHeld(const IoKit& kit, IoKit::Object object);
    IoKitHeld(const IoKit& kit, IoKit::Value value);
    ~IoKitHeld() { m_release(); }
    IoKitHeld(const IoKitHeld&) = delete;
    IoKitHeld& operator=(const IoKitHeld&) = delete;

private:
    std::function<void()> m_release;
};

} // namespace sextant::platform
