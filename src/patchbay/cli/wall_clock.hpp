// The one place of the program that asks for the time of day.
#pragma once

#include "patchbay/tools/record.hpp"

namespace patchbay {

WallTime wall_clock();

}  // namespace patchbay
