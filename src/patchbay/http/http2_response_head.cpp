#include "patchbay/http/http2_response_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "patchbay/wire/http_field.hpp"

namespace patchbay {

namespace {

// RFC 9113 section 8.2.2.
bool is_of_a_connection(std::string_view name) {
  constexpr std::array<std::string_view, 5> names = {
      "connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection"};
  return std::ranges::any_of(
      names, [name](std::string_view other) { return equal_ignoring_case(name, other); });
}

bool has_capitals(std::string_view name) {
  return std::ranges::any_of(name, [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

std::span<const nghttp2_nv> Http2ResponseHead::build(const HttpResponse& response,
                                                     const Frame& frame) {
  fields_.clear();
  status_ = fmt::format_int(response.status).str();
  add(":status", status_, true);
  if (const auto* made = std::get_if<std::shared_ptr<const HttpPrepared>>(&response.body)) {
    add_all((*made)->fields);
  }
  add_all(response.fields);
  if (frame.length) {
    length_ = fmt::format_int(*frame.length).str();
    add("content-length", length_, true);
  }
  add("date", frame.date, true);
  return fields_;
}

void Http2ResponseHead::add_all(const HttpFieldList& fields) {
  for (const auto& [name, value] : fields) {
    if (is_of_a_connection(name)) continue;
    if (equal_ignoring_case(name, "content-length")) continue;
    // RFC 9113 section 8.2.1: blanks around it would break the whole answer.
    add(name, trim_blanks(value), false);
  }
}

void Http2ResponseHead::add(std::string_view name, std::string_view value, bool copy) {
  unsigned flags = copy ? 0U : NGHTTP2_NV_FLAG_NO_COPY_VALUE;
  // What nghttp2 copies it also writes small, as HTTP/2 wants it.
  if (!copy && !has_capitals(name)) flags |= NGHTTP2_NV_FLAG_NO_COPY_NAME;
  fields_.push_back({
      .name = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(name.data())),
      .value = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(value.data())),
      .namelen = name.size(),
      .valuelen = value.size(),
      .flags = static_cast<std::uint8_t>(flags),
  });
}

}  // namespace patchbay
