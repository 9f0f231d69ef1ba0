# Manual pages and completions. The binary writes them from its own command tree, after it is
# linked, so they cannot fall behind it. Not for a binary that this machine cannot run.
if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
  message(STATUS "Cross-compiling: manual pages and completions are left out")
  return()
endif()

set(manual ${PROJECT_BINARY_DIR}/manual)
add_custom_command(OUTPUT ${manual}/stamp
  COMMAND ${CMAKE_COMMAND} -DPATCHBAY=$<TARGET_FILE:patchbay> -DFOLDER=${manual}
    -P ${CMAKE_CURRENT_LIST_DIR}/write_manual.cmake
  COMMAND ${CMAKE_COMMAND} -E touch ${manual}/stamp
  DEPENDS patchbay ${CMAKE_CURRENT_LIST_DIR}/write_manual.cmake
  COMMENT "Writing manual pages and completions" VERBATIM)
add_custom_target(manual ALL DEPENDS ${manual}/stamp)
add_dependencies(product manual)

install(DIRECTORY ${manual}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${manual}/patchbay.bash RENAME patchbay
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${manual}/_patchbay DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${manual}/patchbay.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
