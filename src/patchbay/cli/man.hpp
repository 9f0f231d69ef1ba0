// Manual pages in roff, made from the declarations of the command tree.
#pragma once

#include <string>
#include <string_view>

#include "patchbay/tools/command.hpp"

namespace patchbay {

// patchbay(1) for the root, patchbay-tcp-serve(1) for a command. Valid for groff and mandoc.
std::string man_page(const Command& root, const Command& command, std::string_view version);

// "patchbay-tcp-serve": the file is that and ".1".
std::string man_page_name(const Command& command);

}  // namespace patchbay
