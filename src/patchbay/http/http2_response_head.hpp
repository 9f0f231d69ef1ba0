// Http2ResponseHead: the fields of an answer as nghttp2 takes them (RFC 9113 section 8.3.2).
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/http/http_response.hpp"

namespace patchbay {

// Its memory is used again from answer to answer.
class Http2ResponseHead {
 public:
  // Views of `response`, which has to last until they are sent; the rest nghttp2 copies at once.
  // What belongs to one connection of HTTP/1 is left out. `length`: what plan_answer() says.
  struct Frame {
    std::string_view date;
    std::optional<std::uint64_t> length;
  };
  std::span<const nghttp2_nv> build(const HttpResponse& response, const Frame& frame);

 private:
  void add(std::string_view name, std::string_view value, bool copy);
  void add_all(const HttpFieldList& fields);

  std::vector<nghttp2_nv> fields_;
  std::string status_, length_;
};

}  // namespace patchbay
