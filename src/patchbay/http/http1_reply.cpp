#include "patchbay/http/http1_reply.hpp"

#include <fmt/format.h>

#include "patchbay/http/http_answer_plan.hpp"

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

// What the client has on offer: nothing by HTTP/1.0, or if it is not of this connection.
std::string offered_protocols(const HttpRequest& request) {
  if (request.version < 11 || !list_has(request.fields.all("connection"), "upgrade")) return {};
  return request.fields.all("upgrade");
}

std::string only_element_of(std::string_view list) {
  const auto first = next_element(list);
  return first && !next_element(list) ? std::string(*first) : std::string();
}

std::string_view connection_options(const Http1Reply& reply, bool tells_upgrade) {
  if (!reply.persists) return tells_upgrade ? "close, Upgrade" : "close";
  if (reply.minor == 0) return tells_upgrade ? "keep-alive, Upgrade" : "keep-alive";
  return tells_upgrade ? "Upgrade" : "";
}

void append_framing(std::string& out, const HttpResponse& response, const Http1Reply& reply) {
  if (is_prepared(response)) {
    out += std::get<std::shared_ptr<const HttpPrepared>>(response.body)->lines;
  } else if (reply.chunked) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (reply.length) {
    out.append("Content-Length: ").append(fmt::format_int(*reply.length).str()).append("\r\n");
  }
}

}  // namespace

Http1Reply Http1Reply::plan(const HttpResponse& response, std::string_view method, int minor,
                            bool may_persist) {
  Http1Reply reply;
  reply.minor = minor;
  reply.persists = may_persist;
  const HttpAnswerPlan plan = plan_answer(response, method);
  reply.has_body = plan.has_body;
  reply.length = plan.length;
  if (plan.is_counted) return reply;
  // HTTP/1.0 has no chunks: there the end of the connection is the end of the body.
  reply.chunked = minor > 0;
  reply.persists = may_persist && (minor > 0 || !reply.has_body);
  return reply;
}

void settle_upgrade(HttpResponse& response, const HttpRequest& request) {
  if (!response.upgrade && response.status != 426) return;
  std::string protocol(response.field("upgrade"));
  if (response.upgrade) {
    const std::string offered = offered_protocols(request);
    if (protocol.empty()) {
      protocol = only_element_of(offered);
      response.add("Upgrade", protocol);
    }
    if (!protocol.empty() && list_has(offered, protocol)) return;
  } else if (!protocol.empty()) {
    return;
  }
  response = HttpResponse::error(protocol.empty() ? 400 : 426, "this needs another protocol");
  if (!protocol.empty()) response.add("Upgrade", protocol);
}

void refuse_upgrade(HttpResponse& response) {
  response = HttpResponse::error(413, "a body that long does not go before another protocol");
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
  bool tells_upgrade = false;
  for (const auto& [name, value] : response.fields) {
    if (frames_message(name)) continue;
    append_field(out, name, value);
    tells_upgrade = tells_upgrade || (name.size() == 7 && equal_ignoring_case(name, "upgrade"));
  }
  if (response.status == 101) {
    out += "Connection: Upgrade\r\n\r\n";
    return;
  }
  append_framing(out, response, reply);
  const std::string_view options = connection_options(reply, tells_upgrade);
  if (!options.empty()) append_field(out, "Connection", options);
  out += "\r\n";
}

}  // namespace patchbay
