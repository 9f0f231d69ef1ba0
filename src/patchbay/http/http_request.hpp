// HttpRequest: what a client asks for, as a handler sees it, in HTTP/1 and HTTP/2 alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "patchbay/http/http_source.hpp"
#include "patchbay/net/address.hpp"
#include "patchbay/wire/http_field.hpp"

namespace patchbay {

// Views live as long as the handler runs. Everything here is the client's: escape it.
struct HttpRequest {
  std::string_view method;
  std::string_view target;  // as it was sent
  std::string_view path;    // begins with a slash, not decoded; "*" of OPTIONS
  std::string_view query;   // behind the '?', not decoded
  std::string_view host;    // with its port, if it has one
  int version = 11;         // 10, 11, 20
  bool secure = false;      // came over TLS
  Endpoint peer;
  HttpFields fields;
  HttpSource* body = nullptr;               // never null for a handler
  std::optional<std::uint64_t> body_bytes;  // where the client told; 0: there is none

  // The client sends nothing more. It has left, or waits for its answer with its sending side
  // closed (a half-close): TCP does not tell which. HTTP/2 does; there this stays as it is.
  bool client_ended = false;
  // Said by a handler before it waits: an answer is not worth that doubt. Then it is cancelled when
  // the client ends, as it is when the client resets the connection, or its stream of HTTP/2.
  bool leaves_with_end = false;

  // What the placeholders of the route took, decoded: {"id", "42"}.
  std::vector<std::pair<std::string, std::string>> parameters;

  // The value of a placeholder; empty where there is none of this name.
  std::string_view parameter(std::string_view name) const {
    for (const auto& [key, value] : parameters) {
      if (key == name) return value;
    }
    return {};
  }
  bool is(std::string_view wanted) const { return method == wanted; }
  bool is_safe() const { return is("GET") || is("HEAD"); }
};

}  // namespace patchbay
