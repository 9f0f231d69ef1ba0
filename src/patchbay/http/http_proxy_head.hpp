// What a proxy makes of the heads of a request and of its answer (RFC 9110 section 7.6): nothing
// that belongs to one connection passes, and what frames a message is made anew.
#pragma once

#include <optional>
#include <string>

#include "patchbay/http/http_client_connection.hpp"
#include "patchbay/http/http_request.hpp"
#include "patchbay/http/http_url.hpp"

namespace patchbay {

// A part of a site that stands for a URL elsewhere.
struct HttpProxyRoute {
  std::string prefix;  // decoded, without slashes at its ends: "api"; "" is everything
  HttpUrl upstream;    // what takes the place of the prefix; without a query

  // "/api" covers "/api" and what is below, however it is escaped. A path that could be read in two
  // ways is not covered.
  bool covers(const HttpRequest& request) const;
  // The target to ask the upstream for. Escapes stay as they are; a path with "." or ".." in it is
  // written anew, so that the upstream sees what was looked at here. For what is covered.
  std::string target_for(const HttpRequest& request) const;
  // A Location of an answer to a request for this target, as the client has to see it. What leads
  // to another origin, or beside the upstream's path, stays as it is.
  std::string location_for_client(const std::string& target, std::string_view location) const;
};

// Does it want the connection to become a WebSocket? (HTTP/1.1 only, RFC 6455 section 4.1)
bool asks_for_websocket_by_upgrade(const HttpRequest& request);

// Over how many gateways an OPTIONS may still go; none: as many as there are (RFC 9110 section
// 7.6.2). Who gets it with 0 answers it and sends it no further.
std::optional<std::uint64_t> forwards_left(const HttpRequest& request);

// A request that came through so many gateways goes round in circles.
bool goes_in_circles(const HttpRequest& request);

struct HttpProxyRequest {
  const HttpProxyRoute& route;
  const HttpRequest& request;
  bool hides_password = false;  // Authorization was for this server
};
// The request as it goes on. Its body, if there is one, is the request's.
HttpOutgoing forward_request(const HttpProxyRequest& what);

// Status and fields as they go back; the body is the caller's.
HttpResponse forward_answer(const HttpProxyRoute& route, const std::string& target,
                            const HttpAnswerHead& head);
// Of a 101: is it what was asked for?
bool switches_to_websocket(const HttpAnswerHead& head);
// What Content-Length says of the answer to a HEAD.
std::optional<std::uint64_t> told_length(const HttpAnswerHead& head);

}  // namespace patchbay
