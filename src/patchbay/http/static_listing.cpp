// What StaticFolder shows of folders: listings and archives.
#include <fmt/format.h>

#include <utility>

#include "patchbay/http/compressed_source.hpp"
#include "patchbay/http/folder_listing.hpp"
#include "patchbay/http/static_answer.hpp"
#include "patchbay/http/static_folder.hpp"
#include "patchbay/net/blocking.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/wire/http_condition.hpp"
#include "patchbay/wire/http_path.hpp"
#include "patchbay/wire/http_query.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_head_bytes = 1024;  // what an answer takes beside its text
constexpr std::size_t k_small = 2048;       // is packed in less time than a thread needs to wake up

// A listing has no validators: only a condition that asks for anything at all can hold.
std::optional<int> judge_listing(const FileWish& wish) {
  const HttpConditions conditions{.if_match = wish.if_match, .if_none_match = wish.if_none_match};
  const auto now = std::chrono::floor<std::chrono::seconds>(Loop::current().wall_clock());
  switch (judge_conditions(conditions, Validators{}, true, now)) {
    case ConditionVerdict::not_modified: return 304;
    case ConditionVerdict::failed: return 412;
    case ConditionVerdict::proceed: break;
  }
  return std::nullopt;
}

// What listings and archives could not be.
HttpResponse refuse_folder(const Error& error) {
  if (error.fault() != Fault::limit) {
    return HttpResponse::error(status_of_open_error(error.code()));
  }
  HttpResponse response =
      HttpResponse::error(503, "too many folders are listed and packed at this moment");
  response.add("Retry-After", "5");
  return response;
}

// A listing that is all there: of what made it nothing stays, however long the client takes, and of
// its memory only what the text has.
struct WholeListing {
  MemoryShare memory;
  std::shared_ptr<const HttpPrepared> answer = {};
};

Task<Result<HttpResponse::Body>> whole_listing(HttpSource& listing, HttpFieldList fields,
                                               ContentCoding coding, MemoryShare memory) {
  auto text = co_await read_all(listing, *listing.size());
  if (!text) co_return text.error();
  if (coding != ContentCoding::identity) {
    std::string packed;
    const auto pack = [&] { packed = compress_now(*text, coding, CompressionEffort::quick); };
    if (text->size() <= k_small) {
      pack();
    } else {
      co_await off_loop(pack);
    }
    text->swap(packed);
  }
  auto whole = std::make_shared<WholeListing>(std::move(memory));
  const bool fits = !text->empty() && whole->memory.hold(text->size() + k_head_bytes);
  if (!fits) co_return Error(Fault::limit, "list the folder");
  whole->answer = HttpPrepared::make(200, std::move(fields), std::move(*text));
  const HttpPrepared* const answer = whole->answer.get();
  co_return std::shared_ptr<const HttpPrepared>(std::move(whole), answer);
}

ContentCoding coding_of_listing(const HttpRequest& request, bool compress) {
  constexpr ContentCoding available[] = {ContentCoding::zstd, ContentCoding::gzip};
  if (!compress) return ContentCoding::identity;
  return choose_coding(request.fields.all("accept-encoding"), available)
      .value_or(ContentCoding::identity);
}

}  // namespace

Task<HttpResponse> StaticFolder::show_folder(HttpRequest& request, std::string path,
                                             OpenedFile folder) {
  const std::string_view packed = query_value(request.query, "archive");
  if (options_.archives && (packed == "tar" || packed == "zip")) {
    const ArchiveFormat format = packed == "tar" ? ArchiveFormat::tar : ArchiveFormat::zip;
    co_return co_await send_archive(std::move(path), format, std::move(folder));
  }
  if (const auto verdict = judge_listing(FileWish(request))) co_return HttpResponse(*verdict);
  const std::string accept = request.fields.all("accept");
  const bool as_json = quality_of(accept, "application/json") > quality_of(accept, "text/html");
  const FolderForm form = as_json ? FolderForm::json : FolderForm::page;
  auto listing = co_await list_folder({.folder = folder.file,
                                       .form = form,
                                       .heading = {.path = path.empty() ? "/" : "/" + path + "/",
                                                   .order = parse_folder_order(request.query),
                                                   .archive = options_.archives,
                                                   .upload = options_.uploads},
                                       .dotfiles = options_.dotfiles,
                                       .memory = MemoryShare(options_.memory)});
  if (!listing) co_return refuse_folder(listing.error());
  const ContentCoding coding = coding_of_listing(request, options_.files.compress);
  HttpResponse response(200);
  response.add("Content-Type", media_type_of(form));
  if (coding != ContentCoding::identity) response.add("Content-Encoding", name_of(coding));
  response.add("Cache-Control", "no-cache").add("Vary", "Accept, Accept-Encoding");
  response.add("X-Content-Type-Options", "nosniff");
  if (!as_json) response.add("Content-Security-Policy", folder_page_policy());
  if (!(*listing)->size()) {
    response.body = compressed(std::move(*listing), coding);
    co_return response;
  }
  auto whole = co_await whole_listing(**listing, std::exchange(response.fields, {}), coding,
                                      MemoryShare(options_.memory));
  if (!whole) co_return refuse_folder(whole.error());
  response.body = std::move(*whole);
  co_return response;
}

Task<HttpResponse> StaticFolder::send_archive(std::string path, ArchiveFormat format,
                                              OpenedFile folder) {
  const std::string name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  FolderArchive archive{.folder = folder.file,
                        .name = name,
                        .format = format,
                        .memory = MemoryShare(options_.memory)};
  if (options_.wanted) {
    archive.wanted = [wanted = options_.wanted, path](std::string_view entry) {
      return wanted(path, path.empty() ? std::string(entry) : path + "/" + std::string(entry));
    };
  }
  auto source = co_await archive_folder(std::move(archive));
  if (!source) co_return refuse_folder(source.error());
  const bool tar = format == ArchiveFormat::tar;
  HttpResponse response =
      HttpResponse::stream(tar ? "application/x-tar" : "application/zip", std::move(*source));
  response.add("Content-Disposition",
               fmt::format("attachment; filename*=UTF-8''{}{}",
                           encode_path(name.empty() ? "files" : name), tar ? ".tar" : ".zip"));
  response.add("Cache-Control", "no-cache");
  co_return response;
}

}  // namespace patchbay
