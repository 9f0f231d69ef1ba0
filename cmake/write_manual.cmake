# cmake -DPATCHBAY=… -DFOLDER=… -P write_manual.cmake: see manual.cmake.
# A settings file of the person who builds must not break the build.
set(ENV{XDG_CONFIG_HOME} ${FOLDER})

function(keep file)
  execute_process(COMMAND ${PATCHBAY} ${ARGN}
    OUTPUT_FILE ${FOLDER}/${file} RESULT_VARIABLE code)
  if(code)
    message(FATAL_ERROR "patchbay ${ARGN}: exit code ${code}")
  endif()
endfunction()

file(REMOVE_RECURSE ${FOLDER}/man1)
file(MAKE_DIRECTORY ${FOLDER}/man1)
keep(patchbay.bash completion bash)
keep(_patchbay completion zsh)
keep(patchbay.fish completion fish)

execute_process(COMMAND ${PATCHBAY} man --list
  OUTPUT_VARIABLE commands OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" commands "${commands}")
foreach(command IN LISTS commands)
  string(REPLACE " " "-" page "${command}")
  string(REPLACE " " ";" words "${command}")
  list(POP_FRONT words)
  keep(man1/${page}.1 man ${words})
endforeach()
