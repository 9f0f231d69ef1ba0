#include "patchbay/http/http_reset.hpp"

#include <sys/socket.h>

namespace patchbay {

void reset_when_closed(Stream& stream) {
  const linger hard = {.l_onoff = 1, .l_linger = 0};
  (void)stream.port().set_option(stream.handle(), SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

}  // namespace patchbay
