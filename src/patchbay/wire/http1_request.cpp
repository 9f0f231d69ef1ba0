#include "patchbay/wire/http1_request.hpp"

#include <algorithm>

namespace patchbay {

namespace {

HeadState refuse(Http1Request& request, int status, const char* reason) {
  request.refusal = {status, reason};
  return HeadState::refused;
}

bool is_visible_ascii(std::string_view text) {
  unsigned bad = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    bad |= static_cast<unsigned>((byte <= 0x20) | (byte >= 0x7f));
  }
  return bad == 0;
}

// "HTTP/1.1": the minor version, or the status that tells what is wrong.
int parse_version(std::string_view text, int& status) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  status = 400;
  if (text.size() != 8 || !text.starts_with("HTTP/") || !digit(text[5]) || text[6] != '.' ||
      !digit(text[7])) {
    return -1;
  }
  status = 505;
  if (text[5] != '1') return -1;
  return std::min(text[7] - '0', 1);
}

void split_query(std::string_view whole, Http1Request& request) {
  const std::size_t mark = whole.find('?');
  request.path = whole.substr(0, mark);
  request.query = mark == std::string_view::npos ? std::string_view() : whole.substr(mark + 1);
}

// RFC 9112 section 3.2: which of the four forms it is, and whether the method allows that.
bool read_target(Http1Request& request) {
  std::string_view target = request.target;
  if (target.find('#') != std::string_view::npos) return false;
  if (request.method == "CONNECT") {
    request.form = TargetForm::authority;
    request.host = target;
    // RFC 9110 section 9.3.6: a port is needed.
    return is_host(target) && port_of(target).find_first_not_of('0') != std::string_view::npos;
  }
  if (target == "*") {
    request.form = TargetForm::asterisk;
    request.path = target;
    return request.method == "OPTIONS";
  }
  if (target.front() == '/') {
    request.form = TargetForm::origin;
    split_query(target, request);
    return true;
  }
  request.form = TargetForm::absolute;
  const std::size_t colon = target.find("://");
  if (colon == std::string_view::npos) return false;
  const std::string_view scheme = target.substr(0, colon);
  if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https")) return false;
  target.remove_prefix(colon + 3);
  const std::size_t end = std::min(target.find_first_of("/?"), target.size());
  request.host = target.substr(0, end);
  split_query(target.substr(end), request);
  if (request.path.empty()) request.path = "/";
  return !request.host.empty() && is_host(request.host);
}

HeadState read_first_line(std::string_view line, Http1Request& request) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return refuse(request, 400, "the request line is not method, target, version");
  }
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, last - first - 1);
  if (!is_http_token(request.method)) return refuse(request, 400, "the method is no token");
  if (request.target.empty() || !is_visible_ascii(request.target)) {
    return refuse(request, 400, "the target has a character that must be escaped");
  }
  int status = 0;
  request.minor = parse_version(line.substr(last + 1), status);
  if (request.minor < 0) return refuse(request, status, "the version is not HTTP/1.0 or HTTP/1.1");
  if (!read_target(request)) return refuse(request, 400, "the target has no form that is allowed");
  return HeadState::complete;
}

// RFC 9112 section 3.2: exactly one. A Host that is not that of an absolute target is to be ignored
// by section 3.2.2; those who do not would see another site, so it is refused.
HeadState read_host(const Http1Controls& controls, Http1Request& request) {
  const std::string_view host = controls.host;
  if (controls.hosts > 1) return refuse(request, 400, "it has more than one Host");
  if (controls.hosts == 0 && request.minor > 0) return refuse(request, 400, "it has no Host");
  if (!is_host(host)) return refuse(request, 400, "its Host is none");
  if (request.form == TargetForm::origin || request.form == TargetForm::asterisk) {
    request.host = host;
  } else if (controls.hosts == 1) {
    const std::string_view scheme = request.target.substr(0, request.target.find(':'));
    if (!same_host(host, request.host, scheme)) {
      return refuse(request, 400, "its Host is not that of the target");
    }
  }
  return HeadState::complete;
}

HeadState read_expectation(const Http1Controls& controls, Http1Request& request) {
  if (controls.expect.empty() || request.minor == 0) return HeadState::complete;
  if (!equal_ignoring_case(controls.expect, "100-continue")) {
    return refuse(request, 417, "it expects what is not known here");
  }
  request.expects_continue = request.framing.has_body();
  return HeadState::complete;
}

HeadState read_rest(Http1Request& request) {
  const Http1Controls controls = find_controls(request.fields);
  if (const auto fault = read_framing(request.fields, controls, request.minor, request.framing)) {
    request.refusal = *fault;
    return HeadState::refused;
  }
  if (read_host(controls, request) == HeadState::refused) return HeadState::refused;
  request.keep_alive = may_persist(controls, request.minor);
  return read_expectation(controls, request);
}

void clear(Http1Request& request) {
  HttpFields fields = std::move(request.fields);
  fields.clear();
  request = {};
  request.fields = std::move(fields);
}

}  // namespace

HeadState parse_request(std::string_view bytes, const Http1Limits& limits, Http1Request& request) {
  clear(request);
  // What is beyond the limit is never looked at, so that a head ends the same however it is cut.
  std::string_view rest = bytes.substr(0, limits.head_bytes);
  const auto unfinished = [&] {
    if (bytes.size() < limits.head_bytes) return HeadState::incomplete;
    return refuse(request, 431, "the head is too long");
  };
  // Old clients send an empty line behind a body (RFC 9112 section 2.2).
  for (int i = 0; i < 2 && rest.starts_with("\r\n"); ++i) rest.remove_prefix(2);

  std::string_view line;
  std::string_view first = rest.substr(0, limits.first_line_bytes + 2);
  HeadState state = take_line(first, line, request.refusal);
  if (state == HeadState::incomplete) {
    if (first.size() < limits.first_line_bytes + 2) return unfinished();
    return refuse(request, 414, "the request line is too long");
  }
  if (state == HeadState::refused) return state;
  if (read_first_line(line, request) == HeadState::refused) return HeadState::refused;

  rest.remove_prefix(line.size() + 2);
  state = read_field_lines(rest, limits, request.fields, request.refusal);
  if (state == HeadState::refused) return state;
  if (state == HeadState::incomplete) return unfinished();
  request.bytes = std::min(bytes.size(), limits.head_bytes) - rest.size();
  return read_rest(request);
}

}  // namespace patchbay
