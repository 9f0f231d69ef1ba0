# Pages as a part of the program: the files of web/dist/<name>, plain and packed, become a source
# <name>_page_assets.cpp in the room's build folder, with the function <name>_page_assets(). Its
# path is <name>_page_source in the caller's scope, to be named among the room's SOURCES.
#
#   patchbay_page(chat)
find_package(Python3 REQUIRED COMPONENTS Interpreter)

function(patchbay_page name)
  set(folder ${PROJECT_SOURCE_DIR}/web/dist/${name})
  set(script ${PROJECT_SOURCE_DIR}/cmake/page.py)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}_page_assets.cpp)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*)
  add_custom_command(OUTPUT ${source}
    COMMAND ${Python3_EXECUTABLE} -B ${script} ${folder} ${name}_page_assets ${source}
    DEPENDS ${files} ${script}
    COMMENT "Making a table of web/dist/${name}" VERBATIM)
  set(${name}_page_source ${source} PARENT_SCOPE)
endfunction()
