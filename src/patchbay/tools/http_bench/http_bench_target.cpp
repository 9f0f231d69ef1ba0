#include "patchbay/tools/http_bench/http_bench_target.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "patchbay/base/text.hpp"
#include "patchbay/http/http_url.hpp"
#include "patchbay/tools/read_secret.hpp"
#include "patchbay/wire/field_line.hpp"

namespace patchbay {

namespace {

std::unexpected<HttpBenchRefused> refuse(std::string what, std::string why, std::string remedy) {
  return std::unexpected(
      HttpBenchRefused{Failure(std::move(what), std::move(why), std::move(remedy))});
}
// The words are right, the file that they name is not.
std::unexpected<HttpBenchRefused> refuse_file(const Error& error) {
  return std::unexpected(HttpBenchRefused{Failure(error), exit_code_of(error)});
}

std::expected<std::vector<HttpField>, const char*> one_field(std::string_view text) {
  const auto field = parse_field_line(text);
  if (!field) return std::unexpected(field.error());
  return std::vector{*field};
}

// Methods whose requests tell a length even where there is no body (RFC 9110 section 8.6).
bool announces_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

std::string HttpBenchTarget::url() const {
  return fmt::format("{}://{}{}", tls ? "https" : "http", authority, path);
}

std::expected<HttpBenchTarget, Failure> parse_http_target(std::string_view text) {
  const auto url = HttpUrl::parse_typed(text);
  if (!url) {
    Failure failure(url.error());
    // Other tools have a flag for it.
    if (failure.remedy.find("--auth-file") != std::string::npos) {
      failure.remedy = "leave it out, and give -H @FILE with an Authorization";
    }
    return std::unexpected(std::move(failure));
  }
  return HttpBenchTarget{.tls = url->secure,
                         .to = {url->host, url->port},
                         .authority = url->authority(),
                         .path = url->target};
}

std::expected<void, HttpBenchRefused> add_header_flag(const std::string& word,
                                                      HttpBenchRequest& request) {
  const bool is_file = word.starts_with('@');
  std::string lines = word;
  if (is_file) {
    auto secret = read_secret_file(word.substr(1));
    if (!secret) return refuse_file(secret.error());
    lines = std::move(*secret);
  }
  // A word on the command line is one field, whatever characters it has.
  const auto fields = is_file ? parse_field_lines(lines) : one_field(lines);
  if (!fields) {
    return refuse(fmt::format("-H '{}' cannot be sent", escape_terminal(word)), fields.error(),
                  "-H 'Accept-Encoding: br'");
  }
  for (const HttpField& field : *fields) {
    if (is_framing_field(field.name)) {
      return refuse(fmt::format("-H cannot set {}", field.name),
                    "it says where messages end, which is known already",
                    "--no-keep-alive for a connection per request");
    }
    if (!is_file && is_secret_field(field.name)) {
      return refuse(fmt::format("the field {} is a secret", field.name),
                    "whoever looks at the list of processes sees the command line",
                    "put it into a file of mode 600 and give -H @FILE");
    }
    request.fields.emplace_back(field.name, field.value);
  }
  return {};
}

std::string http1_request_bytes(const HttpBenchTarget& target, const HttpBenchRequest& request) {
  std::string bytes = fmt::format("{} {} HTTP/1.1\r\n", request.method, target.path);
  const auto is_given = [&request](std::string_view name) {
    return std::ranges::any_of(request.fields, [name](const auto& field) {
      return equal_ignoring_case(field.first, name);
    });
  };
  if (!is_given("host")) bytes += fmt::format("Host: {}\r\n", target.authority);
  if (!is_given("user-agent")) bytes += "User-Agent: patchbay\r\n";
  if (!request.keep_alive) bytes += "Connection: close\r\n";
  if (announces_body(request.method)) bytes += "Content-Length: 0\r\n";
  for (const auto& [name, value] : request.fields) bytes += fmt::format("{}: {}\r\n", name, value);
  return bytes + "\r\n";
}

}  // namespace patchbay
