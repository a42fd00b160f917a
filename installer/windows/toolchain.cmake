# SPDX-License-Identifier: GPL-3.0-or-later
# Windows x64 by Debian's MinGW. The libraries come from the prefix that installer/windows/build-prefix makes;
# SEXTANT_WINDOWS_PREFIX says where it lies, and without it the script is asked.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_SYSTEM_VERSION 10.0)

# The flavour with POSIX threads: the other one has no std::thread.
set(triplet x86_64-w64-mingw32)
set(CMAKE_C_COMPILER ${triplet}-gcc-posix)
set(CMAKE_CXX_COMPILER ${triplet}-g++-posix)
set(CMAKE_RC_COMPILER ${triplet}-windres)
set(CMAKE_AR /usr/bin/${triplet}-gcc-ar-posix CACHE FILEPATH "")
set(CMAKE_RANLIB /usr/bin/${triplet}-gcc-ranlib-posix CACHE FILEPATH "")

if(NOT SEXTANT_WINDOWS_PREFIX)
  execute_process(COMMAND "${CMAKE_CURRENT_LIST_DIR}/build-prefix" --where
    OUTPUT_VARIABLE where OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set(SEXTANT_WINDOWS_PREFIX "${where}" CACHE PATH "Where the libraries for Windows are")
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SEXTANT_WINDOWS_PREFIX)

set(CMAKE_FIND_ROOT_PATH "${SEXTANT_WINDOWS_PREFIX}" /usr/${triplet})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_PREFIX_PATH "${SEXTANT_WINDOWS_PREFIX}")

# Every library is static: pkg-config has to name what a library needs itself, and libpq comes with a package file that
# does so, which CMake's own module for PostgreSQL does not.
set(ENV{PKG_CONFIG_LIBDIR} "${SEXTANT_WINDOWS_PREFIX}/lib/pkgconfig")
set(PKG_CONFIG_ARGN --static)
set(CMAKE_FIND_PACKAGE_PREFER_CONFIG ON)
set(OPENSSL_USE_STATIC_LIBS ON)

# Qt's tools (moc, rcc) are programs of this machine.
set(QT_HOST_PATH /usr)
execute_process(COMMAND gcc -print-multiarch OUTPUT_VARIABLE multiarch OUTPUT_STRIP_TRAILING_WHITESPACE)
set(QT_HOST_PATH_CMAKE_DIR /usr/lib/${multiarch}/cmake)
