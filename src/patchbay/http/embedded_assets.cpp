#include "patchbay/http/embedded_assets.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include "patchbay/http/static_answer.hpp"
#include "patchbay/wire/mime_type.hpp"

namespace patchbay {

namespace {

// Of the content: two builds of the same sources have the same.
std::string tag_of(std::string_view content, std::string_view suffix) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest);
  std::string tag = "\"";
  for (int i = 0; i < 12; ++i) tag += fmt::format("{:02x}", digest[i]);
  return tag.append(suffix).append("\"");
}

Representation form_of(const StaticFile& file, ContentCoding coding, std::string_view content,
                       std::string_view plain) {
  Representation form{.coding = coding, .size = content.size()};
  const bool packed = coding != ContentCoding::identity;
  form.etag = tag_of(plain, packed ? fmt::format("-{}", name_of(coding)) : std::string());
  form.fields.emplace_back("Content-Type", file.type);
  if (packed) form.fields.emplace_back("Content-Encoding", name_of(coding));
  form.fields.emplace_back("ETag", form.etag);
  form.fields.emplace_back("Cache-Control", "no-cache");
  if (file.compresses) form.fields.emplace_back("Vary", "Accept-Encoding");
  form.fields.emplace_back("X-Content-Type-Options", "nosniff");
  form.whole = HttpPrepared::make(200, form.fields, std::string(content));
  return form;
}

}  // namespace

EmbeddedAssets& EmbeddedAssets::add(const EmbeddedAsset& asset) {
  StaticFile file;
  file.type = mime_type_of(asset.path);
  file.compresses = !asset.gzip.empty() || !asset.br.empty();
  file.identity = form_of(file, ContentCoding::identity, asset.content, asset.content);
  if (!asset.gzip.empty()) {
    file.coded_as(ContentCoding::gzip) =
        form_of(file, ContentCoding::gzip, asset.gzip, asset.content);
  }
  if (!asset.br.empty()) {
    file.coded_as(ContentCoding::br) = form_of(file, ContentCoding::br, asset.br, asset.content);
  }
  files_.insert_or_assign(std::string(asset.path), std::move(file));
  return *this;
}

std::optional<HttpResponse> EmbeddedAssets::answer_now(HttpRequest& request) {
  if (!request.is_safe()) {
    HttpResponse refused = HttpResponse::error(405);
    refused.add("Allow", "GET, HEAD");
    return refused;
  }
  const auto found = files_.find(request.path == "/" ? std::string_view(index_) : request.path);
  if (found == files_.end()) return HttpResponse::error(404);
  const FileWish wish(request);
  return answer_file(wish, found->second, choose_coding(wish, found->second));
}

Task<HttpResponse> EmbeddedAssets::answer(HttpRequest& request) { co_return *answer_now(request); }

}  // namespace patchbay
