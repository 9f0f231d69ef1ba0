#include "patchbay/http/http2_client_request.hpp"

#include <algorithm>
#include <utility>

#include "patchbay/http/http_client_request.hpp"
#include "patchbay/wire/http_field.hpp"

namespace patchbay {

namespace {

// Of a connection of HTTP/1, beside those that a caller may not send at all.
bool stays_here(std::string_view name) {
  return equal_ignoring_case(name, "host") || equal_ignoring_case(name, "proxy-connection") ||
         equal_ignoring_case(name, "http2-settings");
}

}  // namespace

Http2ClientRequest::Http2ClientRequest(const HttpClientRequest& request,
                                       const HttpClientOptions& options)
    : asks_for_head_(request.method == "HEAD"), authority_(request.url.authority()) {
  for (const auto& [name, value] : request.fields) {
    if (equal_ignoring_case(name, "host")) authority_ = trim_blanks(value);
  }
  add(":method", request.method);
  add(":scheme", request.url.secure ? "https" : "http");
  add(":authority", authority_);
  add(":path", request.url.target);
  for (const auto& [name, value] : client_fields(options)) {
    if (!has_field(request.fields, name)) add(name, value);
  }
  for (const auto& [name, value] : request.fields) {
    if (!stays_here(name)) add(name, trim_blanks(value));
  }
  if (const auto* text = std::get_if<std::string>(&request.body)) {
    text_ = *text;
    add_length(text->size());
  } else if (HttpSource* const* source = std::get_if<HttpSource*>(&request.body)) {
    source_ = *source;
    length_ = source_->size();
    if (length_) add_length(*length_);
  } else if (tells_length_of_nothing(request.method)) {
    add_length(0);
  }
}

// nghttp2 copies it and writes its name small.
void Http2ClientRequest::add(std::string_view name, std::string_view value) {
  fields_.push_back({
      .name = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(name.data())),
      .value = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(value.data())),
      .namelen = name.size(),
      .valuelen = value.size(),
      .flags = NGHTTP2_NV_FLAG_NONE,
  });
}

void Http2ClientRequest::add_length(std::uint64_t bytes) {
  told_length_ = std::to_string(bytes);
  add("content-length", told_length_);
}

}  // namespace patchbay
