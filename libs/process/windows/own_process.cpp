// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/own_process.h"

#include "process/windows/owned.h"
#include "process/windows/wide_text.h"

// Each needs what stands above it.
// clang-format off
#include <windows.h>
#include <shellapi.h>
// clang-format on
#ifdef __MINGW32__
#include <cxxabi.h>
#endif

#include <memory>

namespace sextant::process {

#ifdef __MINGW32__
static void nothing(void*) {}

/// winpthreads ends the keys of a thread in the order in which they were made, and MinGW has one for the memory of
/// thread_local objects and one for their destructors. Before anything else of the program needs such memory, this
/// makes the key of the destructors, so that they run first. Every program that links this library has it, also one
/// that calls nothing else here: the build names it to the linker.
extern "C" __attribute__((constructor(101))) void sextantDestroyBeforeFreeing()
{
    __cxxabiv1::__cxa_thread_atexit(nothing, nullptr, nullptr);
}
#endif

void limitHeap(const HeapLimits&)
{
    // The system's heap is one for all threads, and gives back by itself.
}

void hideNewFiles() {}

std::optional<std::size_t> raiseDescriptorLimit()
{
    return std::nullopt;
}

bool someoneWatches()
{
    DWORD mode = 0;
    return GetConsoleMode(GetStdHandle(STD_ERROR_HANDLE), &mode) != 0;
}

std::vector<std::string> arguments(int, char**)
{
    int count = 0;
    const Local<wchar_t*> words(CommandLineToArgvW(GetCommandLineW(), &count));
    std::vector<std::string> given;
    for (int i = 1; words && i < count; ++i)
        given.push_back(narrow(words.get()[i]));
    return given;
}

std::map<std::string, std::string> environment(std::string_view prefix)
{
    std::map<std::string, std::string> found;
    const std::unique_ptr<wchar_t, decltype(&FreeEnvironmentStringsW)> block(
        GetEnvironmentStringsW(), &FreeEnvironmentStringsW);
    for (const wchar_t* at = block.get(); at && *at != L'\0';) {
        const std::wstring_view variable(at);
        at += variable.size() + 1;
        const std::string text = narrow(variable);
        const std::size_t equals = text.find('=', 1); // the names of some begin with one
        if (text.starts_with(prefix) && equals != std::string::npos)
            found.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return found;
}

} // namespace sextant::process
