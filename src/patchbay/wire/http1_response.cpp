#include "patchbay/wire/http1_response.hpp"

#include <algorithm>
#include <utility>

namespace patchbay {

namespace {

constexpr int k_too_long = 431;

HeadState refuse(Http1Response& response, const char* reason, int status = 502) {
  response.refusal = {status, reason};
  return HeadState::refused;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool read_status_line(std::string_view line, Http1Response& response) {
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || !is_digit(line[7]) || line[8] != ' ') {
    return false;
  }
  const std::string_view code = line.substr(9, 3);
  if (!std::ranges::all_of(code, is_digit)) return false;
  // The blank behind the code is often left out together with the reason.
  if (line.size() > 12 && line[12] != ' ') return false;
  response.minor = std::min(line[7] - '0', 1);
  response.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
  response.reason = line.substr(std::min<std::size_t>(13, line.size()));
  return response.status >= 100;
}

HeadState read_rest(std::string_view method, Http1Response& response) {
  const int status = response.status;
  const Http1Controls controls = find_controls(response.fields);
  response.keep_alive = may_persist(controls, response.minor);
  // RFC 9112 section 6.3: a tunnel begins, whatever the fields say.
  if (method == "CONNECT" && status / 100 == 2) return HeadState::complete;
  if (const auto fault =
          read_framing(response.fields, controls, response.minor, response.framing)) {
    return refuse(response, fault->reason);
  }
  if (method == "HEAD" || status < 200 || status == 204 || status == 304) {
    response.framing = {};
  } else if (response.framing.kind == BodyKind::none) {
    response.framing = {.kind = BodyKind::until_close};
    response.keep_alive = false;
  }
  return HeadState::complete;
}

// A head ends the same however it is cut: what is beyond a limit is never looked at.
HeadState read_head(std::string_view& rest, const Http1Limits& limits, Http1Response& response) {
  std::string_view line;
  std::string_view first = rest.substr(0, limits.first_line_bytes + 2);
  const HeadState state = take_line(first, line, response.refusal);
  if (state == HeadState::incomplete && first.size() == limits.first_line_bytes + 2) {
    return refuse(response, "the status line is too long", k_too_long);
  }
  if (state != HeadState::complete) return state;
  if (!read_status_line(line, response)) {
    return refuse(response, "it does not begin with a status line of HTTP/1");
  }
  rest.remove_prefix(line.size() + 2);
  return read_field_lines(rest, limits, response.fields, response.refusal);
}

}  // namespace

HeadState parse_response(std::string_view bytes, std::string_view method, const Http1Limits& limits,
                         Http1Response& response) {
  HttpFields fields = std::move(response.fields);
  fields.clear();
  response = {};
  response.fields = std::move(fields);

  std::string_view rest = bytes.substr(0, limits.head_bytes);
  const HeadState state = read_head(rest, limits, response);
  if (state == HeadState::refused) {
    const bool too_long = response.refusal.status == k_too_long;
    return refuse(response, response.refusal.reason, too_long ? k_too_long : 502);
  }
  if (state == HeadState::incomplete) {
    if (bytes.size() < limits.head_bytes) return state;
    return refuse(response, "the head is too long", k_too_long);
  }
  response.bytes = std::min(bytes.size(), limits.head_bytes) - rest.size();
  return read_rest(method, response);
}

}  // namespace patchbay
