# SPDX-License-Identifier: GPL-3.0-or-later
# In place of CMake's own: nothing of this machine is linked with, so a library is no more than its headers, which
# scripts/check-bsd has put into SEXTANT_HEADERS.
function(pkg_check_modules prefix)
  add_library(PkgConfig::${prefix} INTERFACE IMPORTED GLOBAL)
  target_include_directories(PkgConfig::${prefix} SYSTEM INTERFACE "${SEXTANT_HEADERS}")
endfunction()
