// What `http get` is asked for: its flags, and the same checked and in the types of the library.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/http/http_client.hpp"
#include "patchbay/tools/outcome.hpp"

namespace patchbay {

// How a URL's server is to be trusted; `http probe` has the same.
struct HttpTrustFlags {
  std::optional<std::string> ca_file;
  std::vector<std::string> pins;
  bool insecure = false;
};

struct GetFlags : HttpTrustFlags {
  std::string url;
  std::optional<std::string> output;
  bool remote_name = false;
  bool go_on = false;
  bool head = false;
  bool include = false;
  std::optional<std::string> method;
  std::optional<std::string> data;
  std::vector<std::string> fields;
  std::optional<std::string> auth_file;
  bool no_redirect = false;
  bool allow_downgrade = false;
  std::uint32_t max_redirects = 10;
  bool http1 = false;
  bool http2 = false;
  Duration timeout = 30s;
  std::optional<Duration> max_time;
  std::optional<std::uint64_t> max_size;
  std::optional<std::uint64_t> min_rate;
};

struct GetPlan {
  HttpClientRequest request;  // without its body
  HttpClientOptions client;
  std::optional<std::string> body;  // of the request
  std::unique_ptr<HttpSource> body_file;
  std::optional<std::string> file;  // where the answer goes; empty: to standard output
  bool replace = true;              // a file of that name
  bool go_on = false;               // with a part that is there
  bool head_only = false;
  bool show_head = false;
  Duration timeout{};  // until the head of the answer is there, and for each silence in its body
  std::optional<Duration> max_time;
  std::optional<std::uint64_t> max_size;  // of the body
};

// A failure, and the code to exit with.
struct Refused {
  Failure failure;
  int code = exit_usage;
};
std::expected<GetPlan, Refused> plan_get(const GetFlags& flags);

// For a URL as it was typed. Whom to trust says nothing of a server that is asked over http: a pin
// is refused there, and an authority where the scheme was left out.
std::expected<TlsClientOptions, Refused> plan_trust(const HttpTrustFlags& flags,
                                                    const std::string& typed, const HttpUrl& url);

// What a URL's last segment is as the name of a file; nothing where it can be none.
std::optional<std::string> file_name_of(const HttpUrl& url);

}  // namespace patchbay
