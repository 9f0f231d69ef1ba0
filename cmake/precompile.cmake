# Half of the time of a build goes into reading the same headers: targets of the kinds in
# PATCHBAY_PRECOMPILE (room, test) share them, compiled once.
set(PATCHBAY_PRECOMPILE "" CACHE STRING "Kinds of targets with precompiled headers: room;test")

# precompiled_<kind>: whose headers they are. Clang wants the same flags on both sides, and some
# libraries bring -pthread with them.
function(patchbay_precompiled kind)
  set(carrier ${PROJECT_BINARY_DIR}/precompiled_${kind}.cpp)
  file(CONFIGURE OUTPUT ${carrier} CONTENT "// Carries a precompiled header.\n")
  add_library(precompiled_${kind} OBJECT ${carrier})
  target_link_libraries(precompiled_${kind} PRIVATE patchbay_flags fmt::fmt ${ARGN})
  # Without the times of the headers in it, ccache knows what is made with it again.
  target_compile_options(precompiled_${kind} PRIVATE
    -pthread "SHELL:-Xclang -fno-pch-timestamp")
  target_precompile_headers(precompiled_${kind} PRIVATE
    ${PROJECT_SOURCE_DIR}/cmake/precompiled_${kind}.hpp)
endfunction()

if(room IN_LIST PATCHBAY_PRECOMPILE)
  patchbay_precompiled(room)
endif()
if(test IN_LIST PATCHBAY_PRECOMPILE AND PATCHBAY_TESTS)
  find_package(GTest REQUIRED)
  patchbay_precompiled(test GTest::gtest)
endif()

function(patchbay_precompile target kind)
  if(TARGET precompiled_${kind})
    target_compile_options(${target} PRIVATE -pthread)
    target_precompile_headers(${target} REUSE_FROM precompiled_${kind})
  endif()
endfunction()
