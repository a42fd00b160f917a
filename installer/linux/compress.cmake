# SPDX-License-Identifier: GPL-3.0-or-later
# CPack runs this over the staged files: manual pages and changelogs are shipped compressed, without time stamps.
file(GLOB_RECURSE pages
  "${CPACK_TEMPORARY_DIRECTORY}/*/usr/share/man/*.[18]"
  "${CPACK_TEMPORARY_DIRECTORY}/*/usr/share/doc/*/changelog")
foreach(page ${pages})
  execute_process(COMMAND gzip -9n "${page}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
