#include "patchbay/tools/http/http_cli.hpp"

namespace patchbay {

void declare_http(Command& patchbay) {
  Command& http = patchbay.group("http", "serve files and ask servers over HTTP");
  http.example("patchbay http serve", "this folder, on http://127.0.0.1:8080/");
  declare_http_serve(http);
  declare_http_get(http);
  declare_http_probe(http);
  declare_http_passwd(http);
}

}  // namespace patchbay
