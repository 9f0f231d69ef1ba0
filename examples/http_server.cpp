// A web server: HTML pages, a part of the path as a parameter, and a folder of files.
#include <patchbay/http/http_server.hpp>
#include <patchbay/http/static_folder.hpp>
#include <patchbay/net/run.hpp>
#include <patchbay/wire/html.hpp>
using namespace patchbay;
// [routes]
HttpResponse home(HttpRequest&) {
  return HttpResponse::html("<h1>Welcome</h1><p><a href=/hello/you>Say hello</a></p>");
}

Task<HttpResponse> hello(HttpRequest& request) {
  auto name = request.parameter("name");  // the visitor's: escaped before it is shown
  co_return HttpResponse::html("<h1>Hello, " + escape_html(name) + "!</h1>");
}
// [/routes]
// [main]
int main(int argc, char** argv) {
  HttpServer server;
  server.get("/", home);
  server.get("/hello/{name}", hello);
  if (auto files = StaticFolder::open(".")) server.routes().mount("/files", *files);
  return run_main(server.serve(argc > 1 ? argv[1] : "127.0.0.1:8080"));
}
// [/main]
