// What the flags of a site make of it.
#include "patchbay/tools/http/site.hpp"

#include "patchbay/http/http_script_fixture.hpp"
#include "patchbay/http/http_world_fixture.hpp"
#include "patchbay/http/temporary_folder_fixture.hpp"

namespace patchbay {
namespace {

std::shared_ptr<HttpHandler> site_of(const SiteOptions& options) {
  auto made = make_sites({options});
  EXPECT_TRUE(made);
  return made ? *made : nullptr;
}

std::string request_for(std::string_view host, std::string_view target,
                        std::string_view lines = {}) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n" +
         "Connection: close\r\n" + std::string(lines) + "\r\n";
}

Task<Result<>> serve_upstream(Script& script) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), 3000));
  if (!listener) co_return listener.error();
  co_return co_await serve_script(*listener, script);
}

// A page whose name was made to lead to this host (DNS rebinding).
TEST(Site, OfThisHostAloneIsNotKnownByAnotherName) {
  const TemporaryFolder folder;
  folder.write("a.txt", "content");
  Script script{.connections = {{{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nup"}}}};
  SiteOptions options{.path = folder.path(), .local_only = true};
  options.proxies.push_back({.prefix = "api", .upstream = *HttpUrl::parse("http://10.0.0.1:3000")});
  std::shared_ptr<HttpHandler> site = site_of(options);
  HttpWorld world(*site);
  world.pair.server.serve(serve_upstream(script));
  const auto hear = [&](std::string request) -> HttpHeard& {
    return world.client({{.bytes = std::move(request)}});
  };
  const std::string own = "Origin: http://evil.test:8080\r\n";
  const HttpHeard& evil_api = hear(request_for("evil.test:8080", "/api/x", own));
  const HttpHeard& evil_file = hear(request_for("evil.test:8080", "/a.txt"));
  const HttpHeard& own_api = hear(request_for("localhost:8080", "/api/x"));
  const HttpHeard& own_file = hear(request_for("127.0.0.1:8080", "/a.txt"));
  world.run();
  EXPECT_EQ(evil_api.only().status, 403);
  EXPECT_EQ(evil_file.only().status, 403);
  EXPECT_EQ(own_api.only().body, "up");
  EXPECT_EQ(own_file.only().body, "content");
  EXPECT_EQ(script.requests.size(), 1U);
  site.reset();  // what it keeps is of the world
}

TEST(Site, IsKnownByTheNamesThatItWasGiven) {
  const TemporaryFolder folder;
  folder.write("a.txt", "content");
  const auto named = site_of({.hosts = {"files.test"}, .path = folder.path(), .local_only = true});
  EXPECT_EQ(ask(*named, request_for("files.test:8080", "/a.txt")).status, 200);
  const auto reached = site_of({.path = folder.path()});
  EXPECT_EQ(ask(*reached, request_for("files.test:8080", "/a.txt")).status, 200);
}

// What the preflight promises is what a PUT gets.
TEST(Site, LetsPagesOfAnotherOriginReadAndStoreNothing) {
  const TemporaryFolder folder;
  SiteOptions options{.path = folder.path(), .cors = "https://app.example", .uploads = true};
  options.proxies.push_back({.prefix = "api", .upstream = *HttpUrl::parse("http://10.0.0.1:3000")});
  const auto site = site_of(options);
  const auto allowed = [&](const char* target) {
    return ask(*site, get_of(target,
                             "Origin: https://app.example\r\n"
                             "Access-Control-Request-Method: PUT\r\n",
                             "OPTIONS"))
        .field("access-control-allow-methods");
  };
  EXPECT_EQ(allowed("/a.txt"), "GET, HEAD");
  EXPECT_EQ(allowed("/api/x"), "GET, HEAD, POST, PUT, PATCH, DELETE");
  EXPECT_EQ(ask(*site, body_of("PUT", "/a.txt", "x", "Origin: https://app.example\r\n")).status,
            403);
  EXPECT_EQ(ask(*site, body_of("PUT", "/a.txt", "x", "Origin: http://site.test\r\n")).status, 201);
}

}  // namespace
}  // namespace patchbay
