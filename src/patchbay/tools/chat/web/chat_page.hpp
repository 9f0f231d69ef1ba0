// The chat's page: the files of web/dist/chat, which are a part of the program.
#pragma once

#include <memory>
#include <span>

#include "patchbay/http/embedded_assets.hpp"

namespace patchbay {

// As they were built; they live as long as the program.
std::span<const EmbeddedAsset> chat_page_assets();

// Serves them, "/" as well, with the fields that keep the page to itself: it loads nothing from
// elsewhere, runs no script of a text that it shows, and stands in no frame of another page.
std::shared_ptr<HttpHandler> chat_page();

}  // namespace patchbay
