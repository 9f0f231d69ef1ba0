#include "patchbay/http/http2_request_head.hpp"

#include <algorithm>

#include "patchbay/base/ascii.hpp"
#include "patchbay/wire/http1_request.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_field_overhead = 32;
constexpr std::size_t k_pseudo_fields = 4;

}  // namespace

void Http2RequestHead::clear() {
  kept_.clear();
  fields_.clear();
  cookies_.clear();
  method_ = path_ = authority_ = {};
  bytes_ = 0;
  too_large_ = expects_continue_ = has_priority_ = false;
}

void Http2RequestHead::add(nghttp2_rcbuf* name, nghttp2_rcbuf* value, const Http1Limits& limits) {
  const std::string_view name_text = Http2String::view_of(name);
  const std::string_view value_text = Http2String::view_of(value);
  bytes_ += name_text.size() + value_text.size() + k_field_overhead;
  too_large_ = too_large_ || bytes_ > limits.head_bytes ||
               kept_.size() >= 2 * (limits.fields + k_pseudo_fields);
  if (too_large_) return;
  kept_.emplace_back(name);
  kept_.emplace_back(value);
  sort(name_text, value_text);
}

void Http2RequestHead::sort(std::string_view name, std::string_view value) {
  if (name == ":method") {
    method_ = value;
  } else if (name == ":path") {
    path_ = value;
  } else if (name == ":authority") {
    authority_ = value;
  } else if (name == "cookie") {
    if (!cookies_.empty()) cookies_ += "; ";
    cookies_ += value;
  } else if (!name.starts_with(':')) {
    has_priority_ = has_priority_ || name == "priority";
    fields_.add(name, value);
  }
}

std::optional<HttpRefusal> Http2RequestHead::finish(const Http1Limits& limits,
                                                    HttpRequest& request) {
  request.version = 20;
  request.method = method_;
  if (too_large_) return HttpRefusal{431, "the head is too long or has too many fields"};
  request.target = path_;
  if (const auto fault = read_target(limits, request)) return fault;
  if (const auto fault = read_host(request)) return fault;
  return read_fields(request);
}

std::optional<HttpRefusal> Http2RequestHead::read_target(const Http1Limits& limits,
                                                         HttpRequest& request) const {
  if (method_ == "CONNECT") return HttpRefusal{501, "there are no tunnels here"};
  if (!is_http_token(method_)) return HttpRefusal{400, "the method is no token"};
  if (path_.size() > limits.first_line_bytes) return HttpRefusal{414, "the path is too long"};
  if (!std::ranges::all_of(path_, is_ascii_visible) || path_.find('#') != std::string_view::npos) {
    return HttpRefusal{400, "the path has a character that must be escaped"};
  }
  const bool asterisk = path_ == "*" && method_ == "OPTIONS";
  if (!asterisk && !path_.starts_with('/')) {
    return HttpRefusal{400, "the path does not begin with a slash"};
  }
  const std::size_t mark = path_.find('?');
  request.path = path_.substr(0, mark);
  request.query = mark == std::string_view::npos ? std::string_view() : path_.substr(mark + 1);
  return std::nullopt;
}

// RFC 9113 section 8.3.1: Host may be there as well, and then says the same.
std::optional<HttpRefusal> Http2RequestHead::read_host(HttpRequest& request) const {
  const std::size_t hosts = fields_.count("host");
  const std::string_view host = fields_.get("host");
  if (hosts > 1) return HttpRefusal{400, "it has more than one Host"};
  if (hosts == 1 && !authority_.empty() && !equal_ignoring_case(host, authority_)) {
    return HttpRefusal{400, "its Host is not its authority"};
  }
  request.host = authority_.empty() ? host : authority_;
  if (request.host.empty() || !is_host(request.host)) {
    return HttpRefusal{400, "its authority is no host"};
  }
  return std::nullopt;
}

std::optional<HttpRefusal> Http2RequestHead::read_fields(HttpRequest& request) {
  std::swap(request.fields, fields_);
  if (!cookies_.empty()) request.fields.add("cookie", cookies_);
  if (const std::string_view length = request.fields.get("content-length"); !length.empty()) {
    request.body_bytes = parse_content_length(length);
    if (!request.body_bytes) return HttpRefusal{400, "its length is no number"};
  }
  if (const std::string_view expect = request.fields.get("expect"); !expect.empty()) {
    if (!equal_ignoring_case(expect, "100-continue")) {
      return HttpRefusal{417, "it expects what is not known here"};
    }
    expects_continue_ = true;
  }
  return std::nullopt;
}

}  // namespace patchbay
