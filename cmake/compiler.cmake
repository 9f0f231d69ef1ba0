# One compiler, one set of warnings, every warning an error.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(PATCHBAY_ASAN "AddressSanitizer, UndefinedBehaviorSanitizer, and the fuzz targets" OFF)
option(PATCHBAY_TSAN "ThreadSanitizer" OFF)

# What every target of ours is built with; nothing of this reaches a user of the installed library.
add_library(patchbay_flags INTERFACE)
target_compile_options(patchbay_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Werror
  -Wno-missing-field-initializers # options are structs whose other fields keep their defaults
  -fno-strict-aliasing
  # No product and sum in one rounding: where the processor could, a simulated packet would arrive a
  # nanosecond earlier, and a seed would be another run than elsewhere.
  -ffp-contract=off
  # The place of a co_await is part of reports: the same words wherever the tree was built.
  -fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=)
target_compile_definitions(patchbay_flags INTERFACE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)

# No library is loaded at the start of a program that calls nothing in it.
target_link_options(patchbay_flags INTERFACE -fuse-ld=lld-19 -Wl,--as-needed)

function(patchbay_sanitize compile link)
  target_compile_options(patchbay_flags INTERFACE
    -fsanitize=${compile} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(patchbay_flags INTERFACE -fsanitize=${link})
endfunction()

if(PATCHBAY_ASAN)
  # What libFuzzer counts costs little, so that the fuzz targets are made of the same objects.
  patchbay_sanitize(fuzzer-no-link,address,undefined address,undefined)
elseif(PATCHBAY_TSAN)
  patchbay_sanitize(thread thread)
endif()
