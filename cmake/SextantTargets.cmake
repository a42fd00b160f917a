# SPDX-License-Identifier: GPL-3.0-or-later
# The few functions that declare a target. A room's CMakeLists.txt is a list of sources and what they link.
#
#   sextant_library(<name> SOURCES <file>… [LINK <target>…] [QT])     static library; includes are rooted at its parent
#   sextant_app(<name> SOURCES main.cpp LINK <target>… MAN <page>)    executable, installed with its page of docs/man
#                                                     as the component <name> without "sextant-"; on Windows with icon, version
#                                                     and manifest, and without the page
#   sextant_test(<name> SOURCES <file>… [LINK <target>…] [LABELS <label>…] [GUI] [TIMEOUT <s>] [POSTGRES] [WAITS])
#                                                     Qt Test program. The first source is the test; headers in SOURCES
#                                                     have a Q_OBJECT. POSTGRES: with a PostgreSQL of its own
#                                                     (scripts/timescale), or skipped. WAITS: see sextant_test_weight
#   sextant_test_on_postgres(<name> [LABELS <label>…] [TIMEOUT <s>] [WAITS])   runs that test program once more, as
#                                                     <name>_on_postgres
#   sextant_test_weight(<test> <timeout> <waits>)     how many run at once, and that those which may take long begin first
#   sextant_bench(<name> SOURCES <file>… [LINK <target>…])            benchmark program for scripts/bench: prints JSON lines
#   sextant_fuzz(<name> SOURCES <file>… [LINK <target>…] CORPUS <dir>)   libFuzzer program, replayed over its corpus as a test
#   sextant_test_programs("<label>;…" <target>…)      what tests of these labels run; the three above say it of their own
#                                                     program. Target <label>_tests builds all that tests of a label run

function(sextant_library name)
  cmake_parse_arguments(ARG "QT" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC sextant_options ${ARG_LINK})
  target_include_directories(${name} PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/..")
  set_property(GLOBAL APPEND PROPERTY SEXTANT_LIBRARIES ${name})
  if(ARG_QT)
    set_target_properties(${name} PROPERTIES AUTOMOC ON AUTORCC ON)
  endif()
endfunction()

# What Explorer and the loader read in a Windows program: icon, version, long paths, UTF-8, no elevation.
function(sextant_windows_resources name)
  set(SEXTANT_ICON "${CMAKE_SOURCE_DIR}/resources/windows/sextant.ico")
  set(SEXTANT_MANIFEST "${CMAKE_SOURCE_DIR}/resources/windows/program.manifest")
  set(SEXTANT_MESSAGES "${CMAKE_BINARY_DIR}/libs/process/made/process/windows/MSG00409.bin")
  string(REPLACE "sextant-" "Sextant " SEXTANT_DESCRIPTION "${name}")
  set(file "${CMAKE_CURRENT_BINARY_DIR}/${name}.rc")
  configure_file("${CMAKE_SOURCE_DIR}/resources/windows/program.rc.in" "${file}" @ONLY)
  target_sources(${name} PRIVATE "${file}")
  set_source_files_properties("${file}" PROPERTIES OBJECT_DEPENDS "${SEXTANT_ICON};${SEXTANT_MANIFEST};${SEXTANT_MESSAGES}")
  if(MSVC)
    target_link_options(${name} PRIVATE /MANIFEST:NO) # it would add a second one
  endif()
endfunction()

include(GNUInstallDirs)
function(sextant_app name)
  cmake_parse_arguments(ARG "" "MAN" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE sextant_options ${ARG_LINK})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
  string(REPLACE sextant- "" component ${name})
  install(TARGETS ${name} RUNTIME COMPONENT ${component})
  if(WIN32)
    sextant_windows_resources(${name})
    return()
  endif()
  string(REGEX REPLACE ".*\\." "" section ${ARG_MAN})
  install(FILES "${CMAKE_SOURCE_DIR}/docs/man/${ARG_MAN}" DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section}
          COMPONENT ${component})
endfunction()

# Qt would define each test's folders on its command line: no two checkouts could then share ccache's results.
if(TARGET Qt6::Test)
  set_property(TARGET Qt6::Test PROPERTY INTERFACE_COMPILE_DEFINITIONS QT_TESTLIB_LIB)
endif()

# How a program that runs in Wine sees this machine's files, and how a Qt Test program is made to print there: without a
# console it would print into the debugger.
set(sextant_drive)
set(sextant_test_arguments)
if(WIN32)
  set(sextant_test_arguments -o -,tap)
  if(CMAKE_CROSSCOMPILING)
    set(sextant_drive Z:)
  endif()
endif()

# What every test runs with. Qt Test's stack dump of a crash starts a debugger, which may hang longer than the test.
set(sextant_test_environment "LC_ALL=C.UTF-8" "QTEST_DISABLE_STACK_DUMP=1")

# Qt's code for the classes with Q_OBJECT of a test, as AUTOMOC would make it: <test>.moc of its first source, and a
# source of each header. AUTOMOC starts CMake and the compiler first, a third of a second for each of two hundred tests.
function(sextant_test_moc name)
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${name}_moc")
  target_include_directories(${name} PRIVATE "${folder}")
  list(POP_FRONT ARGN first)
  list(FILTER ARGN INCLUDE REGEX "\\.h$")
  foreach(source IN LISTS first ARGN)
    cmake_path(GET source STEM stem)
    set(made "${folder}/${stem}.moc")
    if(NOT source STREQUAL first)
      set(made "${folder}/moc_${stem}.cpp")
    endif()
    cmake_path(ABSOLUTE_PATH source NORMALIZE)
    add_custom_command(OUTPUT "${made}" COMMAND Qt6::moc "${source}" -o "${made}" DEPENDS "${source}" VERBATIM)
    target_sources(${name} PRIVATE "${made}")
  endforeach()
endfunction()

function(sextant_test_programs labels)
  foreach(label IN LISTS labels)
    if(NOT TARGET ${label}_tests)
      add_custom_target(${label}_tests)
    endif()
    add_dependencies(${label}_tests ${ARGN})
  endforeach()
endfunction()

# The presets have three jobs for each of two cores. A test takes three of them, but one that mostly waits (for an agent's
# next second, for a timeout) takes one: others can run beside it.
function(sextant_test_weight name timeout waits)
  set(processors 3)
  if(waits)
    set(processors 1)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${timeout} COST ${timeout} PROCESSORS ${processors})
endfunction()

function(sextant_test name)
  cmake_parse_arguments(ARG "GUI;POSTGRES;WAITS" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  sextant_test_moc(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE sextant_options Qt6::Test ${ARG_LINK})
  target_compile_definitions(${name} PRIVATE
    SEXTANT_SOURCE_DIR="${sextant_drive}${CMAKE_SOURCE_DIR}" SEXTANT_BINARY_DIR="${sextant_drive}${CMAKE_BINARY_DIR}")
  if(ARG_POSTGRES)
    add_test(NAME ${name} COMMAND "${CMAKE_SOURCE_DIR}/scripts/timescale" run -- $<TARGET_FILE:${name}>)
    set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77)
  else()
    add_test(NAME ${name} COMMAND ${name} ${sextant_test_arguments})
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  sextant_test_weight(${name} ${ARG_TIMEOUT} ${ARG_WAITS})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
  sextant_test_programs("${ARG_LABELS}" ${name})
  set(environment ${sextant_test_environment})
  if(ARG_GUI)
    list(APPEND environment "QT_QPA_PLATFORM=offscreen")
  endif()
  set_tests_properties(${name} PROPERTIES ENVIRONMENT "${environment}")
endfunction()

function(sextant_test_on_postgres name)
  cmake_parse_arguments(ARG "WAITS" "TIMEOUT" "LABELS" ${ARGN})
  add_test(NAME ${name}_on_postgres COMMAND "${CMAKE_SOURCE_DIR}/scripts/timescale" run -- $<TARGET_FILE:${name}>)
  sextant_test_weight(${name}_on_postgres ${ARG_TIMEOUT} ${ARG_WAITS})
  set_tests_properties(${name}_on_postgres PROPERTIES
    SKIP_RETURN_CODE 77 LABELS "${ARG_LABELS}" ENVIRONMENT "${sextant_test_environment}")
  sextant_test_programs("${ARG_LABELS}" ${name})
endfunction()

function(sextant_bench name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
  target_link_libraries(${name} PRIVATE sextant_options ${ARG_LINK})
endfunction()

function(sextant_fuzz name)
  cmake_parse_arguments(ARG "" "CORPUS" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz")
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}/tests")
  target_link_libraries(${name} PRIVATE sextant_options ${ARG_LINK})
  if(SEXTANT_FUZZ)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_test(NAME ${name} COMMAND ${name} -runs=20000 -max_total_time=20 ${ARG_CORPUS})
  else()
    # Without libFuzzer the same entry point runs over every file of the kept corpus.
    target_sources(${name} PRIVATE "${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cpp")
    add_test(NAME ${name} COMMAND ${name} ${ARG_CORPUS})
  endif()
  sextant_test_weight(${name} 120 FALSE)
  set_tests_properties(${name} PROPERTIES LABELS fuzz)
  sextant_test_programs(fuzz ${name})
endfunction()
