// Http2RequestHead: the fields of a request as they come out of HPACK, made into an HttpRequest
// (RFC 9113 section 8.3). nghttp2 has checked the form of each of them before.
#pragma once

#include <nghttp2/nghttp2.h>

#include <optional>
#include <string>
#include <vector>

#include "patchbay/http/http_request.hpp"
#include "patchbay/wire/http1_head.hpp"

namespace patchbay {

// A string of nghttp2's, kept alive.
class Http2String {
 public:
  explicit Http2String(nghttp2_rcbuf* buffer) : buffer_(buffer) { nghttp2_rcbuf_incref(buffer_); }
  Http2String(Http2String&& other) noexcept : buffer_(std::exchange(other.buffer_, nullptr)) {}
  Http2String& operator=(Http2String&& other) noexcept {
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  ~Http2String() {
    if (buffer_ != nullptr) nghttp2_rcbuf_decref(buffer_);
  }
  std::string_view view() const { return view_of(buffer_); }

  static std::string_view view_of(nghttp2_rcbuf* buffer) {
    const nghttp2_vec bytes = nghttp2_rcbuf_get_buf(buffer);
    return {reinterpret_cast<const char*>(bytes.base), bytes.len};
  }

 private:
  nghttp2_rcbuf* buffer_;
};

class Http2RequestHead {
 public:
  // Beyond the limits nothing is kept: the request is refused with 431.
  void add(nghttp2_rcbuf* name, nghttp2_rcbuf* value, const Http1Limits& limits);
  // Sets all that the head tells. The views last until clear().
  std::optional<HttpRefusal> finish(const Http1Limits& limits, HttpRequest& request);
  void clear();

  bool has_expectation() const { return expects_continue_; }
  bool has_priority() const { return has_priority_; }
  // As SETTINGS_MAX_HEADER_LIST_SIZE counts them (RFC 9113 section 6.5.2).
  std::size_t bytes() const { return bytes_; }

 private:
  void sort(std::string_view name, std::string_view value);
  std::optional<HttpRefusal> read_target(const Http1Limits& limits, HttpRequest& request) const;
  std::optional<HttpRefusal> read_host(HttpRequest& request) const;
  std::optional<HttpRefusal> read_fields(HttpRequest& request);

  std::vector<Http2String> kept_;
  HttpFields fields_;
  std::string cookies_;  // in pieces on the wire (RFC 9113 section 8.2.3)
  std::string_view method_, path_, authority_;
  std::size_t bytes_ = 0;
  bool too_large_ = false;
  bool expects_continue_ = false;
  bool has_priority_ = false;
};

}  // namespace patchbay
