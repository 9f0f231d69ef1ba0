#include "patchbay/wire/http1_response.hpp"

#include <algorithm>
#include <utility>

namespace patchbay {

namespace {

HeadState refuse(Http1Response& response, const char* reason) {
  response.refusal = {502, reason};
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
  return response.status >= 100 && response.status <= 599;
}

HeadState read_rest(std::string_view method, Http1Response& response) {
  if (const auto fault = read_framing(response.fields, response.minor, response.framing)) {
    return refuse(response, fault->reason);
  }
  const int status = response.status;
  response.keep_alive = may_persist(response.fields, response.minor);
  if (method == "HEAD" || status < 200 || status == 204 || status == 304) {
    response.framing = {};
  } else if (response.framing.kind == BodyKind::none) {
    response.framing = {.kind = BodyKind::until_close};
    response.keep_alive = false;
  }
  return HeadState::complete;
}

}  // namespace

HeadState parse_response(std::string_view bytes, std::string_view method,
                         const Http1Limits& limits, Http1Response& response) {
  HttpFields fields = std::move(response.fields);
  fields.clear();
  response = {};
  response.fields = std::move(fields);

  std::string_view rest = bytes;
  const auto line = take_line(rest);
  if ((line ? line->text.size() : bytes.size()) > limits.first_line_bytes) {
    return refuse(response, "the status line is too long");
  }
  if (!line) return HeadState::incomplete;
  if (line->broken || !read_status_line(line->text, response)) {
    return refuse(response, "it does not begin with a status line of HTTP/1");
  }
  const HeadState state = read_field_lines(rest, limits, response.fields, response.refusal);
  if (state == HeadState::refused) return state;
  response.bytes = bytes.size() - rest.size();
  const std::size_t length = state == HeadState::complete ? response.bytes : bytes.size();
  if (length > limits.head_bytes) return refuse(response, "the head is too long");
  return state == HeadState::complete ? read_rest(method, response) : state;
}

}  // namespace patchbay
