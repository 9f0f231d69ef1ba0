// HttpOutgoing: a request as it travels over HTTP/1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "patchbay/http/http_source.hpp"

namespace patchbay {

struct HttpOutgoing {
  std::string method;
  std::string head;                       // all of it, with the empty line
  std::string_view text = {};             // the body, or
  HttpSource* source = nullptr;           // whatever brings it
  std::optional<std::uint64_t> length{};  // of the source; without one it travels in chunks
  bool may_switch = false;                // asks for another protocol: a 101 is an answer then
  Duration patience{};  // without progress in either direction until the answer; 0: no limit
};

}  // namespace patchbay
