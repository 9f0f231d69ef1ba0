#include "patchbay/http/http1_reply.hpp"

#include <fmt/format.h>

namespace patchbay {

namespace {

bool is_prepared(const HttpResponse& response) {
  return std::holds_alternative<std::shared_ptr<const HttpPrepared>>(response.body);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

// Said by the server alone, whatever a handler was told by somebody else (RFC 9112 section 6).
bool frames_message(std::string_view name) {
  switch (name.size()) {
    case 10:
      return equal_ignoring_case(name, "connection") || equal_ignoring_case(name, "keep-alive");
    case 14: return equal_ignoring_case(name, "content-length");
    case 17: return equal_ignoring_case(name, "transfer-encoding");
    default: return false;
  }
}

void append_framing(std::string& out, const HttpResponse& response, const Http1Reply& reply) {
  if (is_prepared(response)) {
    out += std::get<std::shared_ptr<const HttpPrepared>>(response.body)->lines;
  } else if (reply.chunked) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (reply.length && response.status != 204 && response.status != 304) {
    out.append("Content-Length: ").append(fmt::format_int(*reply.length).str()).append("\r\n");
  }
}

}  // namespace

Http1Reply Http1Reply::plan(const HttpResponse& response, std::string_view method, int minor,
                            bool may_persist) {
  Http1Reply reply;
  reply.minor = minor;
  reply.persists = may_persist;
  reply.length = response.body_bytes();
  const bool has_none = response.status == 204 || response.status == 205 || response.status == 304;
  reply.has_body = method != "HEAD" && !has_none;
  if (response.status == 205) reply.length = 0;  // RFC 9110 section 15.3.6
  if (reply.length || has_none) return reply;
  // HTTP/1.0 has no chunks: there the end of the connection is the end of the body.
  reply.chunked = minor > 0;
  reply.persists = may_persist && (minor > 0 || !reply.has_body);
  return reply;
}

void append_head(std::string& out, const HttpResponse& response, const Http1Reply& reply,
                 std::string_view date) {
  if (response.status == 200) {
    out += "HTTP/1.1 200 OK\r\nDate: ";
  } else {
    out.append("HTTP/1.1 ").append(fmt::format_int(response.status).str());
    out.append(" ").append(reason_phrase(response.status)).append("\r\nDate: ");
  }
  out.append(date).append("\r\n");
  for (const auto& [name, value] : response.fields) {
    if (!frames_message(name)) append_field(out, name, value);
  }
  if (response.status == 101) {
    out += "Connection: Upgrade\r\n\r\n";
    return;
  }
  append_framing(out, response, reply);
  if (!reply.persists) {
    out += "Connection: close\r\n";
  } else if (reply.minor == 0) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
}

}  // namespace patchbay
