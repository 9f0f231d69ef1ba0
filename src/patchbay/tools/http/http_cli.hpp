// The commands of `patchbay http`.
#pragma once

#include "patchbay/tools/command.hpp"

namespace patchbay {

void declare_http(Command& patchbay);

void declare_http_serve(Command& http);
void declare_http_passwd(Command& http);

}  // namespace patchbay
