// EmbeddedAssets: files that are a part of the program, served as those of a folder are: with a
// tag, conditions, ranges and their packed forms.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "patchbay/http/http_handler.hpp"
#include "patchbay/http/static_file.hpp"

namespace patchbay {

struct EmbeddedAsset {
  std::string_view path;       // "/app.js"
  std::string_view content;    // these three live as long as the program
  std::string_view gzip = {};  // the same, packed at build time; empty: there is none
  std::string_view br = {};
};

class EmbeddedAssets final : public HttpHandler {
 public:
  // `index` is shown for "/"; without an asset of that path "/" is a 404, as all others are.
  explicit EmbeddedAssets(std::string index = "/index.html") : index_(std::move(index)) {}
  // In place of what has the same path. The type follows from the name. Returns itself, to go on.
  EmbeddedAssets& add(const EmbeddedAsset& asset);

  std::optional<HttpResponse> answer_now(HttpRequest& request) override;
  Task<HttpResponse> answer(HttpRequest& request) override;

 private:
  std::string index_;
  std::map<std::string, StaticFile, std::less<>> files_;
};

}  // namespace patchbay
