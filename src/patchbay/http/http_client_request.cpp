#include "patchbay/http/http_client_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace patchbay {

namespace {

template <class Names>
bool is_one_of(std::string_view name, const Names& names) {
  return std::ranges::any_of(names,
                             [&](std::string_view one) { return equal_ignoring_case(one, name); });
}

// They say how this message travels on this connection, which is the client's affair.
constexpr std::array<std::string_view, 7> k_framing = {
    "connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"};

// They are for the origin they were given for.
constexpr std::array<std::string_view, 4> k_private = {"authorization", "cookie", "host",
                                                       "proxy-authorization"};

constexpr std::array<std::string_view, 6> k_idempotent = {"GET",   "HEAD", "OPTIONS",
                                                          "TRACE", "PUT",  "DELETE"};

void add_line(std::string& head, std::string_view name, std::string_view value) {
  fmt::format_to(std::back_inserter(head), "{}: {}\r\n", name, value);
}

void add_framing(const HttpClientRequest& request, const std::optional<std::string>& gathered,
                 HttpOutgoing& out) {
  const auto* const text = gathered ? &*gathered : std::get_if<std::string>(&request.body);
  if (text != nullptr) {
    out.text = *text;
    add_line(out.head, "Content-Length", std::to_string(text->size()));
  } else if (HttpSource* const* source = std::get_if<HttpSource*>(&request.body)) {
    out.source = *source;
    out.length = (*source)->size();
    if (out.length) {
      add_line(out.head, "Content-Length", std::to_string(*out.length));
    } else {
      add_line(out.head, "Transfer-Encoding", "chunked");
    }
  } else if (tells_length_of_nothing(request.method)) {
    add_line(out.head, "Content-Length", "0");
  }
}

Error bad_redirect(const HttpHop& hop, Fault fault, const char* reason, const char* remedy) {
  return Error(fault, "follow the redirect of", reason, remedy).about(hop.url.origin());
}

}  // namespace

std::array<std::pair<std::string_view, std::string_view>, 3> client_fields(
    const HttpClientOptions& options) {
  return {{{"User-Agent", options.user_agent}, {"Accept", "*/*"}, {"Accept-Encoding", "identity"}}};
}

bool has_field(const HttpFieldList& fields, std::string_view name) {
  return std::ranges::any_of(
      fields, [&](const auto& field) { return equal_ignoring_case(field.first, name); });
}

bool tells_length_of_nothing(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

Result<> check_request(const HttpClientRequest& request) {
  if (!is_http_token(request.method) || request.method == "CONNECT") {
    return Error(Fault::protocol, "send a request with the method",
                 "it is none of those that ask for something", "methods are words such as GET")
        .about(request.method);
  }
  for (const auto& [name, value] : request.fields) {
    const Error error = Error(Fault::protocol, "send the field").about(name);
    if (!is_http_token(name)) return error.because("its name is no token of RFC 9110");
    if (!is_field_value(value)) return error.because("its value has a control character");
    if (is_one_of(name, k_framing)) {
      return error.because("it says how the message travels, which the client says itself");
    }
  }
  return ok();
}

bool needs_chunks(const HttpClientRequest& request) {
  HttpSource* const* const source = std::get_if<HttpSource*>(&request.body);
  return source != nullptr && !(*source)->size();
}

HttpOutgoing outgoing(const HttpClientRequest& request, const HttpClientOptions& options,
                      const std::optional<std::string>& gathered) {
  HttpOutgoing out{.method = request.method};
  out.head = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.url.target);
  if (!has_field(request.fields, "host")) add_line(out.head, "Host", request.url.authority());
  for (const auto& [name, value] : client_fields(options)) {
    if (!has_field(request.fields, name)) add_line(out.head, name, value);
  }
  for (const auto& [name, value] : request.fields) add_line(out.head, name, value);
  add_framing(request, gathered, out);
  out.head += "\r\n";
  return out;
}

bool may_repeat(const HttpClientRequest& request) {
  return is_one_of(request.method, k_idempotent) &&
         !std::holds_alternative<HttpSource*>(request.body);
}

std::string_view redirect_of(const HttpHop& hop) {
  switch (hop.status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308: return hop.field("location");
    default: return {};
  }
}

Result<> redirect(HttpClientRequest& request, const HttpHop& hop, bool allow_downgrade) {
  const auto target = hop.url.resolve(redirect_of(hop));
  if (!target) {
    return bad_redirect(hop, target.error().fault(),
                        "it leads to no URL of http or https, or to one with a user in it",
                        "look where it leads");
  }
  if (hop.url.secure && !target->secure && !allow_downgrade) {
    return bad_redirect(hop, Fault::permission, "it leads from https to http",
                        "look where it leads, and ask there yourself if that is wanted");
  }
  const bool becomes_get = (hop.status == 303 && request.method != "HEAD") ||
                           (hop.status <= 302 && request.method == "POST");
  if (becomes_get) {
    request.method = "GET";
    request.body = {};
    std::erase_if(request.fields, [](const auto& field) {
      return field.first.size() >= 8 && equal_ignoring_case(field.first.substr(0, 8), "content-");
    });
  } else if (std::holds_alternative<HttpSource*>(request.body)) {
    return bad_redirect(hop, Fault::protocol, "the body would have to be sent a second time",
                        "send it to where the redirect leads");
  }
  if (!target->same_origin(request.url)) {
    std::erase_if(request.fields, [&](const auto& field) {
      return is_one_of(field.first, k_private) || is_one_of(field.first, request.private_names);
    });
  }
  request.url = *target;
  return ok();
}

}  // namespace patchbay
