# SPDX-License-Identifier: GPL-3.0-or-later
# One interface target, sextant_options, carries language level, warnings, hardening and sanitizers.
# Every target made by SextantTargets.cmake links it; nothing sets flags anywhere else.

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# ccache, when it is there, shares its results between checkouts of this tree.
find_program(SEXTANT_CCACHE ccache)
if(SEXTANT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH root)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${root} CCACHE_NOHASHDIR=1 ${SEXTANT_CCACHE})
endif()

add_library(sextant_options INTERFACE)
target_compile_features(sextant_options INTERFACE cxx_std_20)
if(MSVC)
  # Without C4068, pragmas that are for GCC; what is included by <> is others', with fewer warnings as -isystem gives.
  target_compile_options(sextant_options INTERFACE
    /W4 /wd4068 /external:anglebrackets /external:W1 /utf-8 /permissive- /Zc:__cplusplus /Zc:preprocessor /bigobj /EHsc
    /GS /guard:cf)
  target_link_options(sextant_options INTERFACE /guard:cf /DYNAMICBASE /NXCOMPAT /HIGHENTROPYVA)
else()
  target_compile_options(sextant_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
    -Wcast-qual -Wformat=2 -Wimplicit-fallthrough
    -fstack-protector-strong)
endif()
if(WIN32)
  # Windows 10; UTF-16 calls; none of windows.h's macros that break names.
  target_compile_definitions(sextant_options INTERFACE
    _WIN32_WINNT=0x0A00 WINVER=0x0A00 UNICODE _UNICODE NOMINMAX WIN32_LEAN_AND_MEAN)
endif()
if(MINGW)
  # MinGW has no control flow guard.
  target_link_options(sextant_options INTERFACE
    -fstack-protector-strong -Wl,--dynamicbase -Wl,--nxcompat -Wl,--high-entropy-va)
  if(CMAKE_CROSSCOMPILING)
    # One file that needs no other: the compiler's libraries are inside. MSYS2's Qt is a folder of DLLs.
    set(CMAKE_FIND_LIBRARY_SUFFIXES .a) # not .dll.a, which would want a DLL
    target_link_options(sextant_options INTERFACE -static)
  endif()
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlapping copies in string concatenations that have none (its bug 105651).
  target_compile_options(sextant_options INTERFACE -Wno-restrict)
endif()
if(SEXTANT_WERROR)
  target_compile_options(sextant_options INTERFACE $<IF:$<CXX_COMPILER_ID:MSVC>,/WX,-Werror>)
endif()
target_compile_definitions(sextant_options INTERFACE
  QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_URL_CAST_FROM_STRING QT_NO_CAST_FROM_BYTEARRAY
  QT_NO_NARROWING_CONVERSIONS_IN_CONNECT QT_NO_CONTEXTLESS_CONNECT QT_NO_FOREACH QT_DISABLE_DEPRECATED_BEFORE=0x060400 QT_WARN_DEPRECATED_UP_TO=0x060400
  SEXTANT_VERSION="${PROJECT_VERSION}")

if(SEXTANT_SANITIZE)
  target_compile_options(sextant_options INTERFACE
    -fsanitize=${SEXTANT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(sextant_options INTERFACE -fsanitize=${SEXTANT_SANITIZE})
else()
  target_compile_definitions(sextant_options INTERFACE $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
  target_compile_definitions(sextant_options INTERFACE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
  if(NOT APPLE AND NOT WIN32) # Apple's linker binds so by itself; Windows has its own flags, above
    target_link_options(sextant_options INTERFACE -Wl,-z,relro -Wl,-z,now)
  endif()
endif()
if(SEXTANT_FUZZ)
  # Libraries too, or libFuzzer would see nothing of what it runs.
  target_compile_options(sextant_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# lld links the many small test programs several times faster than the default linker.
find_program(SEXTANT_LLD ld.lld)
if(SEXTANT_LLD AND NOT APPLE AND NOT CMAKE_CROSSCOMPILING)
  target_link_options(sextant_options INTERFACE -fuse-ld=lld)
endif()
