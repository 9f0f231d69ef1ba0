# What `cmake --install` puts in place: the binary, and the library for find_package(patchbay).
include(CMakePackageConfigHelpers)

# The rooms that are the public library. They become one archive, so that a user links one thing.
set(library_rooms base net sim wire http)

add_library(patchbay_library STATIC)
add_library(patchbay::patchbay ALIAS patchbay_library)
set_target_properties(patchbay_library PROPERTIES
  LINKER_LANGUAGE CXX OUTPUT_NAME patchbay EXPORT_NAME patchbay)
target_compile_features(patchbay_library INTERFACE cxx_std_23)
target_include_directories(patchbay_library INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

foreach(room IN LISTS library_rooms)
  if(NOT TARGET patchbay_${room})
    continue()
  endif()
  get_target_property(libraries patchbay_${room} PATCHBAY_LIBRARIES)
  target_sources(patchbay_library PRIVATE $<TARGET_OBJECTS:patchbay_${room}>)
  target_link_libraries(patchbay_library INTERFACE ${libraries})
  if(room STREQUAL sim)
    continue() # its headers are in the folder of net
  endif()
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/patchbay/${room}
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/patchbay
    FILES_MATCHING PATTERN "*.hpp"
    PATTERN conformance EXCLUDE PATTERN "*_test.hpp" EXCLUDE PATTERN "*_fixture.hpp" EXCLUDE)
endforeach()

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/patchbay)
install(TARGETS patchbay_library EXPORT patchbay ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT patchbay NAMESPACE patchbay:: FILE patchbayTargets.cmake
  DESTINATION ${package_folder})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/patchbayConfig.cmake.in
  ${PROJECT_BINARY_DIR}/patchbayConfig.cmake INSTALL_DESTINATION ${package_folder})
# Before 1.0 a minor version may break the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/patchbayConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/patchbayConfig.cmake
  ${PROJECT_BINARY_DIR}/patchbayConfigVersion.cmake DESTINATION ${package_folder})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# `product` is what ./dev build makes: all that is installed, and nothing that only tests need.
add_custom_target(product DEPENDS patchbay_library)
if(TARGET patchbay)
  set_target_properties(patchbay PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  install(TARGETS patchbay RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  add_dependencies(product patchbay)
  include(cmake/manual.cmake)
endif()
