// What it says of a target that the kernel does not send a packet to it; each code is an errno.
#pragma once

#include "patchbay/tools/scan/scan_answer.hpp"

namespace patchbay {

// This host lacks something for a moment, which says nothing of anybody. 0: there was no time.
bool is_shortage(int code);
// It is this target, and not what is sent by.
bool is_about_one(int code);
// What a target is that this host cannot ask.
ScanAnswer answer_for(int code);

}  // namespace patchbay
