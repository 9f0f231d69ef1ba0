# Facts as data: data/<name>.tsv (data/README.md has its form) becomes a header <name>_table.hpp,
# included as if it stood in the room's folder (patchbay/wire/mime_types_table.hpp), which only
# sources and tests of that room include. A table that breaks its own rules fails the build with
# file and line.
#
#   patchbay_table(wire mime_types)
find_package(Python3 REQUIRED COMPONENTS Interpreter)

function(patchbay_table room name)
  set(table ${PROJECT_SOURCE_DIR}/data/${name}.tsv)
  set(script ${PROJECT_SOURCE_DIR}/cmake/table.py)
  set(root ${PROJECT_BINARY_DIR}/tables)
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR})
  set(header ${root}/${folder}/${name}_table.hpp)
  add_custom_command(OUTPUT ${header}
    COMMAND ${Python3_EXECUTABLE} -B ${script} ${table} ${header}
    DEPENDS ${table} ${script}
    COMMENT "Checking data/${name}.tsv" VERBATIM)
  target_sources(patchbay_${room} PRIVATE ${header})
  target_include_directories(patchbay_${room} PUBLIC ${root})
endfunction()
