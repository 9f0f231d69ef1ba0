#include "patchbay/tools/chat/web/chat_page.hpp"

#include "patchbay/http/http_layers.hpp"

namespace patchbay {

namespace {

// CSP level 3. 'self' of connect-src is the WebSocket of the same host too.
constexpr std::string_view k_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

}  // namespace

std::shared_ptr<HttpHandler> chat_page() {
  auto assets = std::make_shared<EmbeddedAssets>();
  for (const EmbeddedAsset& asset : chat_page_assets()) assets->add(asset);
  return std::make_shared<HttpAddedFields>(
      std::move(assets), HttpFieldList{{"Content-Security-Policy", std::string(k_policy)},
                                       {"Cross-Origin-Opener-Policy", "same-origin"},
                                       {"Cross-Origin-Resource-Policy", "same-origin"},
                                       {"Referrer-Policy", "no-referrer"}});
}

}  // namespace patchbay
