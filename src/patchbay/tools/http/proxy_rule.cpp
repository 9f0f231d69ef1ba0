#include "patchbay/tools/http/proxy_rule.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "patchbay/base/text.hpp"
#include "patchbay/wire/http_path.hpp"

namespace patchbay {

namespace {

// Of the URL nothing is shown: there may be a password in it.
Failure bad_rule(const std::string& text, std::string_view why) {
  const std::string_view path = std::string_view(text).substr(0, text.find('='));
  const std::string_view shown = path.substr(0, path.find("://"));
  return Failure(fmt::format("cannot read '{}'", escape_terminal(shown)), std::string(why),
                 "--proxy /api=http://127.0.0.1:3000");
}

std::expected<HttpProxyRoute, Failure> read_rule(const std::string& text) {
  const std::size_t mark = text.find('=');
  if (mark == std::string::npos) return std::unexpected(bad_rule(text, "it has to be PATH=URL"));
  const auto path = decode_path(std::string_view(text).substr(0, mark));
  if (!path) return std::unexpected(bad_rule(text, why(path.error())));
  auto url = HttpUrl::parse(std::string_view(text).substr(mark + 1));
  // The error has what it may show of the URL: a password in it is not repeated.
  if (!url) return std::unexpected(Failure(url.error()));
  if (url->target.find('?') != std::string::npos) {
    return std::unexpected(bad_rule(text, "the query of a URL is the client's to say"));
  }
  return HttpProxyRoute{.prefix = path->path, .upstream = std::move(*url)};
}

}  // namespace

std::expected<void, Failure> add_proxy_rule(const std::string& text,
                                            std::vector<HttpProxyRoute>& routes) {
  auto route = read_rule(text);
  if (!route) return std::unexpected(route.error());
  if (std::ranges::find(routes, route->prefix, &HttpProxyRoute::prefix) != routes.end()) {
    return std::unexpected(bad_rule(text, "another rule has this path already"));
  }
  routes.push_back(std::move(*route));
  return {};
}

std::expected<std::vector<HttpProxyRoute>, Failure> read_proxy_rules(
    const std::vector<std::string>& texts) {
  std::vector<HttpProxyRoute> routes;
  for (const std::string& text : texts) {
    if (const auto added = add_proxy_rule(text, routes); !added) {
      return std::unexpected(added.error());
    }
  }
  return routes;
}

}  // namespace patchbay
