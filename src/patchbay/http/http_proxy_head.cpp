#include "patchbay/http/http_proxy_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "patchbay/base/ascii.hpp"
#include "patchbay/wire/http_path.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_gateways = 20;
constexpr std::string_view k_name = "patchbay";  // in Via

// They end with the connection they came on (RFC 9110 section 7.6.1), or frame the message.
constexpr std::array<std::string_view, 11> k_of_a_hop = {
    "connection",       "content-length",      "http2-settings",
    "keep-alive",       "proxy-authorization", "te",
    "trailer",          "transfer-encoding",   "upgrade",
    "proxy-connection", "proxy-authenticate"};

// The proxy's own to say: what a client says here would be believed.
constexpr std::array<std::string_view, 5> k_ours = {"host", "expect", "forwarded", "via",
                                                    "x-real-ip"};
constexpr std::string_view k_forwarded = "x-forwarded-";

// Behind a gateway of the CGI kind "X_Forwarded_For" is the same variable as "X-Forwarded-For".
std::string plain_name(std::string_view name) {
  std::string plain = in_ascii_lower(name);
  std::ranges::replace(plain, '_', '-');
  return plain;
}

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

std::size_t segments_of(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) return 0;
  return static_cast<std::size_t>(std::ranges::count(path, '/')) + 1;
}

// "/base/" and "/base" are "/base", "/" is "".
std::string_view base_of(const HttpUrl& upstream) {
  std::string_view base = upstream.path();
  if (base.ends_with('/')) base.remove_suffix(1);
  return base;
}

// A backslash is a slash to some.
std::string with_backslashes_escaped(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    if (c == '\\') {
      escaped += "%5C";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

void add_line(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

// RFC 9110 section 8.6: a method that is used with content says so where there is none.
bool tells_length_of_nothing(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

void add_framing(const HttpRequest& request, HttpOutgoing& out) {
  if (request.body_bytes == 0) {
    if (tells_length_of_nothing(request.method)) add_line(out.head, "Content-Length", "0");
    return;
  }
  out.source = request.body;
  out.length = request.body_bytes;
  if (out.length) {
    add_line(out.head, "Content-Length", fmt::format_int(*out.length).str());
  } else {
    add_line(out.head, "Transfer-Encoding", "chunked");
  }
}

// The upstream compares a page's Origin with the Host that it is told, which is its own: so a page
// of this site is one of the upstream's. Of any other page it hears the truth.
std::string origin_for_upstream(const HttpProxyRequest& what, std::string_view origin) {
  const std::string_view scheme = what.request.secure ? "https" : "http";
  const bool is_own =
      equal_ignoring_case(origin, fmt::format("{}://{}", scheme, what.request.host));
  return is_own ? what.route.upstream.origin() : std::string(origin);
}

void add_fields(const HttpProxyRequest& what, std::string& head) {
  const HttpRequest& request = what.request;
  const std::string of_the_connection = request.fields.all("connection");
  std::string cookies;  // HTTP/2 may have them one by one (RFC 9113 section 8.2.3)
  for (const HttpField& field : request.fields) {
    const std::string name = plain_name(field.name);
    if (is_one_of(name, k_of_a_hop) || is_one_of(name, k_ours)) continue;
    if (name.starts_with(k_forwarded)) continue;
    if (what.hides_password && name == "authorization") continue;
    if (name == "max-forwards" && request.is("OPTIONS")) continue;
    if (list_has(of_the_connection, field.name)) continue;
    if (!is_http_token(field.name) || !is_field_value(field.value)) continue;
    if (name == "origin") {
      add_line(head, field.name, origin_for_upstream(what, field.value));
      continue;
    }
    if (name != "cookie") {
      add_line(head, field.name, field.value);
      continue;
    }
    if (!cookies.empty()) cookies += "; ";
    cookies += field.value;
  }
  if (!cookies.empty()) add_line(head, "Cookie", cookies);
  if (const auto left = forwards_left(request)) {
    add_line(head, "Max-Forwards", fmt::format_int(*left - 1).str());
  }
}

void add_our_fields(const HttpRequest& request, std::string& head) {
  add_line(head, "X-Forwarded-For", request.peer.address().to_string());
  add_line(head, "X-Forwarded-Proto", request.secure ? "https" : "http");
  if (is_field_value(request.host)) add_line(head, "X-Forwarded-Host", request.host);
  std::string via = request.fields.all("via");
  if (!is_field_value(via)) via.clear();
  if (!via.empty()) via += ", ";
  via += request.version == 20 ? "2" : request.version == 10 ? "1.0" : "1.1";
  add_line(head, "Via", via.append(" ").append(k_name));
}

std::string all_of(const HttpFieldList& fields, std::string_view name) {
  std::string all;
  for (const auto& [key, value] : fields) {
    if (!equal_ignoring_case(key, name)) continue;
    if (!all.empty()) all += ", ";
    all += value;
  }
  return all;
}

}  // namespace

// --- where it goes -------------------------------------------------------------------------------

bool HttpProxyRoute::covers(const HttpRequest& request) const {
  const auto decoded = decode_path(request.path);
  if (!decoded) return false;
  if (prefix.empty()) return true;
  const std::string_view path = decoded->path;
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

std::string HttpProxyRoute::target_for(const HttpRequest& request) const {
  const auto decoded = decode_path(request.path);
  std::string rest;
  if (decoded && segments_of(request.path) != segments_of(decoded->path)) {
    std::string_view behind = std::string_view(decoded->path).substr(prefix.size());
    if (behind.starts_with('/')) behind.remove_prefix(1);
    if (!behind.empty()) rest = '/' + encode_path(behind);
    if (decoded->folder) rest += '/';
  } else {
    std::size_t at = 0;
    for (std::size_t n = segments_of(prefix); n > 0 && at != std::string_view::npos; --n) {
      at = request.path.find('/', at + 1);
    }
    if (at != std::string_view::npos) rest = with_backslashes_escaped(request.path.substr(at));
  }
  std::string target(rest.empty() ? upstream.path() : base_of(upstream));
  target += rest;
  if (!request.query.empty()) target.append("?").append(request.query);
  return target;
}

std::string HttpProxyRoute::location_for_client(const std::string& target,
                                                std::string_view location) const {
  HttpUrl asked = upstream;
  asked.target = target;
  const auto led = asked.resolve(location);
  if (!led || !led->same_origin(upstream)) return std::string(location);
  const std::string_view base = base_of(upstream);
  const std::string_view path = led->path();
  const bool below =
      path.starts_with(base) && (path.size() == base.size() || path[base.size()] == '/');
  if (!below) return std::string(location);
  std::string mapped = prefix.empty() ? "" : '/' + encode_path(prefix);
  mapped += std::string_view(led->target).substr(base.size());
  if (!mapped.starts_with('/')) mapped.insert(0, "/");
  // Two slashes in front would name another host (RFC 3986 section 4.2).
  if (mapped.starts_with("//")) mapped.insert(0, "/.");
  if (const std::size_t mark = location.find('#'); mark != std::string_view::npos) {
    mapped += location.substr(mark);
  }
  return mapped;
}

// --- the request ---------------------------------------------------------------------------------

bool asks_for_websocket_by_upgrade(const HttpRequest& request) {
  return request.version == 11 && request.is("GET") && request.body_bytes == 0 &&
         list_has(request.fields.all("upgrade"), "websocket") &&
         list_has(request.fields.all("connection"), "upgrade");
}

bool goes_in_circles(const HttpRequest& request) {
  const std::string via = request.fields.all("via");
  std::string_view list = via;
  std::size_t gateways = 0;
  while (next_element(list)) ++gateways;
  return gateways >= k_most_gateways;
}

std::optional<std::uint64_t> forwards_left(const HttpRequest& request) {
  if (!request.is("OPTIONS") || request.fields.count("max-forwards") != 1) return std::nullopt;
  return parse_content_length(request.fields.get("max-forwards"));  // digits, as a length is
}

HttpOutgoing forward_request(const HttpProxyRequest& what) {
  const HttpRequest& request = what.request;
  HttpOutgoing out{.method = std::string(request.method)};
  out.head = fmt::format("{} {} HTTP/1.1\r\n", request.method, what.route.target_for(request));
  add_line(out.head, "Host", what.route.upstream.authority());
  add_fields(what, out.head);
  add_our_fields(request, out.head);
  if (asks_for_websocket_by_upgrade(request)) {
    add_line(out.head, "Connection", "Upgrade");
    add_line(out.head, "Upgrade", "websocket");
    out.may_switch = true;
  } else {
    add_framing(request, out);
  }
  out.head += "\r\n";
  return out;
}

// --- the answer ----------------------------------------------------------------------------------

HttpResponse forward_answer(const HttpProxyRoute& route, const std::string& target,
                            const HttpAnswerHead& head) {
  HttpResponse response(head.status);
  const std::string of_the_connection = all_of(head.fields, "connection");
  for (const auto& [name, value] : head.fields) {
    const std::string plain = plain_name(name);
    // The server has a Date of its own.
    if (is_one_of(plain, k_of_a_hop) || plain == "date") continue;
    if (list_has(of_the_connection, name)) continue;
    if (plain == "location") {
      response.add(name, route.location_for_client(target, value));
    } else {
      response.add(name, value);
    }
  }
  return response;
}

bool switches_to_websocket(const HttpAnswerHead& head) {
  return list_has(all_of(head.fields, "upgrade"), "websocket");
}

std::optional<std::uint64_t> told_length(const HttpAnswerHead& head) {
  const std::string told = all_of(head.fields, "content-length");
  return told.empty() ? std::nullopt : parse_content_length(told);
}

}  // namespace patchbay
