# A room is a folder of src/patchbay: x.cpp, x.hpp and x_test.cpp stand side by side. Its sources
# become an object library patchbay_<room>, its tests the program <room>_test.
#
#   patchbay_room(net SOURCES loop.cpp … TESTS loop_test.cpp … USES base LIBRARIES OpenSSL::SSL …)
#
# USES names the rooms below that this one stands on (the arrows of docs/architecture.md).
# LIBRARIES are what others wrote. THREADS says that the tests start threads: TSan runs them too.
function(patchbay_room name)
  cmake_parse_arguments(ROOM "THREADS" "" "SOURCES;TESTS;USES;LIBRARIES" ${ARGN})
  set(below ${ROOM_USES})
  list(TRANSFORM below PREPEND patchbay_)

  add_library(patchbay_${name} OBJECT ${ROOM_SOURCES})
  target_include_directories(patchbay_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(patchbay_${name} PUBLIC patchbay_flags ${ROOM_LIBRARIES} ${below})
  set_target_properties(patchbay_${name} PROPERTIES PATCHBAY_LIBRARIES "${ROOM_LIBRARIES}")
  patchbay_precompile(patchbay_${name} room)

  if(ROOM_TESTS)
    set(threads)
    if(ROOM_THREADS)
      set(threads THREADS)
    endif()
    patchbay_test(${name} ${threads} SOURCES ${ROOM_TESTS} LIBRARIES patchbay_${name} ${below})
  endif()
endfunction()

# The programs that TSan is for: ./dev test builds no others with it.
add_custom_target(threaded_tests)

# A GoogleTest program <name>_test, known to ctest as <name>. The object libraries of the rooms
# below must all be named: an object library hands on its flags, not its objects.
#
#   patchbay_test(sim SOURCES tcp_test.cpp LIBRARIES patchbay_base patchbay_net [THREADS])
#
# Its cases go to results/<name>.xml in the build folder, where tests/cases.py counts them.
function(patchbay_test name)
  if(NOT PATCHBAY_TESTS)
    return()
  endif()
  cmake_parse_arguments(TEST "THREADS" "" "SOURCES;LIBRARIES" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name}_test ${TEST_SOURCES})
  target_link_libraries(${name}_test PRIVATE
    ${TEST_LIBRARIES} patchbay_flags GTest::gtest GTest::gtest_main)
  patchbay_precompile(${name}_test test)
  add_test(NAME ${name} COMMAND ${name}_test)
  set(labels gtest)
  if(TEST_THREADS)
    list(APPEND labels tsan)
    add_dependencies(threaded_tests ${name}_test)
  endif()
  set_tests_properties(${name} PROPERTIES
    LABELS "${labels}"
    ENVIRONMENT "GTEST_OUTPUT=xml:${PROJECT_BINARY_DIR}/results/${name}.xml")
endfunction()

# A fuzz target: an LLVMFuzzerTestOneInput. The preset asan links it with libFuzzer, as
# fuzz/<name>_fuzz in the build folder: `./dev fuzz` builds and runs it. Every build links it with a
# main() that replays its seeds (fuzz/corpus/<name>/) and what was found (tests/corpora/<name>/);
# ctest knows that as replay_<name>.
#
#   patchbay_fuzz(text SOURCES text_fuzz.cpp LIBRARIES patchbay_base)
function(patchbay_fuzz name)
  cmake_parse_arguments(FUZZ "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(${name}_target OBJECT ${FUZZ_SOURCES})
  target_include_directories(${name}_target PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${name}_target PUBLIC ${FUZZ_LIBRARIES} patchbay_flags)
  patchbay_precompile(${name}_target room)

  add_executable(${name}_replay)
  set_target_properties(${name}_replay PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(${name}_replay PRIVATE ${name}_target fuzz_replay ${FUZZ_LIBRARIES})
  add_test(NAME replay_${name} COMMAND ${name}_replay
    ${PROJECT_SOURCE_DIR}/fuzz/corpus/${name} ${PROJECT_SOURCE_DIR}/tests/corpora/${name})

  if(PATCHBAY_ASAN)
    add_executable(${name}_fuzz EXCLUDE_FROM_ALL)
    target_link_libraries(${name}_fuzz PRIVATE ${name}_target ${FUZZ_LIBRARIES})
    target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name}_fuzz PROPERTIES
      LINKER_LANGUAGE CXX RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  endif()
endfunction()
