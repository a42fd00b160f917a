# SPDX-License-Identifier: GPL-3.0-or-later
# In place of CMake's own: see FindPkgConfig.cmake.
if(NOT TARGET OpenSSL::Crypto)
  add_library(OpenSSL::Crypto INTERFACE IMPORTED GLOBAL)
  target_include_directories(OpenSSL::Crypto SYSTEM INTERFACE "${SEXTANT_HEADERS}")
endif()
set(OpenSSL_FOUND TRUE)
