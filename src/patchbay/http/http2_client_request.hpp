// Http2ClientRequest: the fields of a client's request as nghttp2 takes them (RFC 9113 section
// 8.3.1).
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/http/http_client.hpp"

namespace patchbay {

// Views of the request and the options, which last longer.
class Http2ClientRequest {
 public:
  Http2ClientRequest(const HttpClientRequest& request, const HttpClientOptions& options);
  Http2ClientRequest(const Http2ClientRequest&) = delete;
  Http2ClientRequest& operator=(const Http2ClientRequest&) = delete;

  std::span<const nghttp2_nv> fields() const { return fields_; }
  bool asks_for_head() const { return asks_for_head_; }
  std::string_view text() const { return text_; }                  // the body, or
  HttpSource* source() const { return source_; }                   // whatever brings it
  std::optional<std::uint64_t> length() const { return length_; }  // of the source
  bool has_body() const { return source_ != nullptr || !text_.empty(); }

 private:
  void add(std::string_view name, std::string_view value);
  void add_length(std::uint64_t bytes);

  bool asks_for_head_;
  std::string authority_;
  std::string told_length_;
  std::vector<nghttp2_nv> fields_;
  std::string_view text_;
  HttpSource* source_ = nullptr;
  std::optional<std::uint64_t> length_;
};

}  // namespace patchbay
