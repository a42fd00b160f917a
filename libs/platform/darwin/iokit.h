// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/shared_library.h"

#include <cstdint>

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

    Value (*createString)(Value allocator, const char* text, std::uint32_t encoding) = nullptr;
    unsigned char (*getString)(Value string, char* room, long size, std::uint32_t encoding) = nullptr;
    Value (*inDictionary)(Value dictionary, Value key) = nullptr; ///< belongs to the dictionary; null when not there
    unsigned char (*getNumber)(Value number, long type, void* room) = nullptr;
    unsigned long (*typeOf)(Value value) = nullptr;
    unsigned long (*stringType)() = nullptr;
    unsigned long (*dictionaryType)() = nullptr;
    unsigned long (*numberType)() = nullptr;
    void (*releaseValue)(Value value) = nullptr;

    /// NotAvailable when a framework or a function of it is not there.
    [[nodiscard]] static Result<IoKit> load();
};

} // namespace sextant::platform
