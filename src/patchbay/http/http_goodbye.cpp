#include "patchbay/http/http_goodbye.hpp"

namespace patchbay {

void say_goodbye(Stream& stream) {
  Op goodbye(OpKind::shutdown_write, &stream.port(), stream.handle(), {});
  stream.port().attempt(goodbye);
}

}  // namespace patchbay
