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
    return !target.empty() && target.find('/') == std::string_view::npos && is_host(target);
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

// RFC 9112 section 3.2: exactly one, and the same host as in an absolute target.
HeadState read_host(Http1Request& request) {
  std::string_view host;
  int hosts = 0;
  for (const HttpField& field : request.fields) {
    if (field.name.size() != 4 || !equal_ignoring_case(field.name, "host")) continue;
    host = field.value;
    ++hosts;
  }
  if (hosts > 1) return refuse(request, 400, "it has more than one Host");
  if (hosts == 0 && request.minor > 0) return refuse(request, 400, "it has no Host");
  if (!is_host(host)) return refuse(request, 400, "its Host is none");
  if (request.form == TargetForm::origin || request.form == TargetForm::asterisk) {
    request.host = host;
  } else if (hosts == 1 && !equal_ignoring_case(host, request.host)) {
    return refuse(request, 400, "its Host is not that of the target");
  }
  return HeadState::complete;
}

HeadState read_expectation(Http1Request& request) {
  const std::string_view expect = request.fields.get("expect");
  if (expect.empty() || request.minor == 0) return HeadState::complete;
  if (!equal_ignoring_case(expect, "100-continue")) {
    return refuse(request, 417, "it expects what is not known here");
  }
  request.expects_continue = request.framing.has_body();
  return HeadState::complete;
}

HeadState read_rest(Http1Request& request) {
  if (const auto fault = read_framing(request.fields, request.minor, request.framing)) {
    request.refusal = *fault;
    return HeadState::refused;
  }
  if (read_host(request) == HeadState::refused) return HeadState::refused;
  request.keep_alive = may_persist(request.fields, request.minor);
  return read_expectation(request);
}

void clear(Http1Request& request) {
  HttpFields fields = std::move(request.fields);
  fields.clear();
  request = {};
  request.fields = std::move(fields);
}

}  // namespace

bool is_host(std::string_view text) {
  if (text.empty()) return true;
  std::string_view rest = text;
  if (rest.front() == '[') {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    constexpr std::string_view allowed = "0123456789abcdefABCDEF:.%vV-_~";
    if (rest.substr(1, end - 1).find_first_not_of(allowed) != std::string_view::npos) return false;
    rest.remove_prefix(end + 1);
  } else {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (end == 0) return false;
    const auto is_name = [](char c) {
      const char letter = static_cast<char>(c | 32);
      return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') ||
             std::string_view("-._~%!$&'()*+,;=").find(c) != std::string_view::npos;
    };
    if (!std::ranges::all_of(rest.substr(0, end), is_name)) return false;
    rest.remove_prefix(end);
  }
  if (rest.empty()) return true;
  if (rest.front() != ':' || rest.size() > 6) return false;
  unsigned port = 0;
  for (const char c : rest.substr(1)) {
    if (c < '0' || c > '9') return false;
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  return port <= 65535;
}

HeadState parse_request(std::string_view bytes, const Http1Limits& limits, Http1Request& request) {
  clear(request);
  std::string_view rest = bytes;
  // Old clients send an empty line behind a body (RFC 9112 section 2.2).
  for (int i = 0; i < 2 && rest.starts_with("\r\n"); ++i) rest.remove_prefix(2);
  const std::size_t skipped = bytes.size() - rest.size();
  const auto line = take_line(rest);
  if ((line ? line->text.size() : bytes.size()) > limits.first_line_bytes + skipped) {
    return refuse(request, 414, "the request line is too long");
  }
  if (!line) return HeadState::incomplete;
  if (line->broken) return refuse(request, 400, "the request line does not end in CR LF");
  if (read_first_line(line->text, request) == HeadState::refused) return HeadState::refused;

  const HeadState state = read_field_lines(rest, limits, request.fields, request.refusal);
  if (state == HeadState::refused) return state;
  if (state == HeadState::incomplete) {
    if (bytes.size() < limits.head_bytes) return state;
    return refuse(request, 431, "the head is too long");
  }
  request.bytes = bytes.size() - rest.size();
  if (request.bytes > limits.head_bytes) return refuse(request, 431, "the head is too long");
  return read_rest(request);
}

}  // namespace patchbay
