// The head of an HTTP/1 request: from bytes to what it asks for (RFC 9112 sections 2 to 6).
#pragma once

#include "patchbay/wire/http1_head.hpp"
#include "patchbay/wire/http_host.hpp"

namespace patchbay {

enum class TargetForm : std::uint8_t { origin, absolute, authority, asterisk };

// Views of the bytes it was read from. Unless the head is complete only `refusal` means anything.
struct Http1Request {
  std::string_view method;
  std::string_view target;  // as it was sent
  std::string_view path;    // of the target, with its leading slash, not decoded; "*" for asterisk
  std::string_view query;   // behind the first '?', not decoded
  std::string_view host;    // of an absolute target, else of Host; with its port, if any
  TargetForm form = TargetForm::origin;
  int minor = 1;  // HTTP/1.minor; what is above 1 counts as 1
  HttpFields fields;
  HttpFraming framing;
  bool keep_alive = false;        // the client may send another request
  bool expects_continue = false;  // it waits for "100 Continue" before it sends its body
  std::size_t bytes = 0;          // length of the head; the body begins there
  HttpRefusal refusal = {};       // when it is refused
};

// Reads the head at the front of `bytes`, which hold all that has come since the last message.
// `incomplete`: call again with more. The fields' memory is used again from call to call.
HeadState parse_request(std::string_view bytes, const Http1Limits& limits, Http1Request& request);

}  // namespace patchbay
