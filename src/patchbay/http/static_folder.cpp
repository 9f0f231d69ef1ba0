#include "patchbay/http/static_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "patchbay/http/static_answer.hpp"
#include "patchbay/net/blocking.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/wire/http_condition.hpp"
#include "patchbay/wire/http_path.hpp"

namespace patchbay {

namespace {

// What finding a file takes: copied to the thread that may wait for a disk.
struct Search {
  StaticPlace place;
  bool folder;  // the path ended in a slash
  std::string index;
  StaticFileOptions files;
  std::shared_ptr<StaticFile> known;  // may be null
};

std::expected<StaticFind, int> find_file(const Search& search, const std::string& path,
                                         OpenedFile opened, DiskWait wait) {
  if (search.known && search.known->is_same(opened.status)) {
    return StaticFind{.kind = StaticFind::Kind::file, .file = search.known};
  }
  const StaticPlace place{search.place.root, path, search.place.now};
  auto file = load_static_file(place, std::move(opened), search.files, wait);
  if (!file) return std::unexpected(file.error());
  return StaticFind{.kind = StaticFind::Kind::file, .file = std::move(*file)};
}

// The error is an errno.
std::expected<StaticFind, int> look(const Search& search, DiskWait wait) {
  const std::string& path = search.place.path;
  auto opened = open_beneath(search.place.root, path, wait);
  if (!opened) return std::unexpected(opened.error());
  if (opened->is_regular() && !search.folder) {
    return find_file(search, path, std::move(*opened), wait);
  }
  if (!opened->is_folder()) return StaticFind{};
  if (!search.folder) return StaticFind{.kind = StaticFind::Kind::redirect};
  if (!search.index.empty()) {
    const std::string inside = path.empty() ? search.index : path + "/" + search.index;
    auto index = open_beneath(search.place.root, inside, wait);
    if (index && index->is_regular()) return find_file(search, inside, std::move(*index), wait);
    // What is there and cannot be had does not show instead what else is in the folder.
    const bool is_missing = !index && (index.error() == ENOENT || index.error() == ENOTDIR);
    if (!index && !is_missing) return std::unexpected(index.error());
  }
  return StaticFind{.kind = StaticFind::Kind::folder, .folder = std::move(*opened)};
}

// Where the cache has the file of a path, however it was written: most paths are that already.
std::string key_of(const DecodedPath& path) {
  std::string key = "/" + path.path;
  if (path.folder && !path.path.empty()) key += '/';
  return key;
}

// A path that is not is the key of what it leads to, or that of nothing.
bool is_escaped(std::string_view path) { return path.find('%') != std::string_view::npos; }

// The errno with which open_beneath() fails for every file, whichever; 0: it works. The folder
// itself need not be readable.
int why_beneath_fails(int root) {
  const auto opened = open_beneath(root, "", DiskWait::cached);
  if (opened) return 0;
  const int code = opened.error();
  return code == ENOSYS || code == EINVAL || code == EPERM ? code : 0;
}

bool wants_page(const HttpRequest& request) {
  return quality_of(request.fields.all("accept"), "text/html") > 0 && request.fields.has("accept");
}

bool has_extension(std::string_view path) {
  return path.find('.', path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/')) !=
         std::string_view::npos;
}

// The path as the client has sent it, in whichever form (RFC 9112 section 3.2): that of the request
// begins behind what this folder is mounted at.
std::string_view path_of_target(std::string_view target) {
  if (const std::size_t mark = target.find("://"); mark < target.find('/')) {
    target.remove_prefix(std::min(target.find_first_of("/?", mark + 3), target.size()));
  }
  target = target.substr(0, target.find('?'));
  return target.empty() ? "/" : target;
}

// The folder was asked for by the very prefix that it is mounted at, without a slash behind it.
bool is_bare_mount(const HttpRequest& request) {
  return request.path == "/" && !path_of_target(request.target).ends_with('/');
}

// The same address with a slash at its end, as the client sees it: below whatever this folder is
// mounted at. Written anew from the decoded path, so that "//host" cannot lead elsewhere.
std::string location_of_folder(const HttpRequest& request, std::string_view path) {
  std::string_view mount = path_of_target(request.target);
  if (!is_bare_mount(request)) {
    mount.remove_suffix(std::min(request.path.size(), mount.size()));
  }
  std::string location(mount);
  if (!path.empty()) location.append("/").append(encode_path(path));
  location += '/';
  if (!request.query.empty()) location.append("?").append(request.query);
  return location;
}

// A file as the content of an error's page: with that status, and without what would make it one
// that a client may keep.
HttpResponse page_of(const StaticFile& file, int status) {
  HttpResponse response(status);
  response.add("Content-Type", file.type).add("Cache-Control", "no-store");
  if (file.identity.whole) {
    response.body = file.identity.whole->body;
  } else {
    response.body = HttpFilePart{file.identity.file, 0, file.identity.size};
  }
  return response;
}

}  // namespace

Result<std::shared_ptr<StaticFolder>> StaticFolder::open(const std::string& path,
                                                         StaticFolderOptions options) {
  std::string folder = path, only;
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) return Error::from_errno(errno, "serve").about(path);
  if (!S_ISDIR(status.st_mode)) {
    const std::size_t slash = path.rfind('/');
    only = slash == std::string::npos ? path : path.substr(slash + 1);
    folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  }
  const int descriptor = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return Error::from_errno(errno, "serve").about(path);
  auto root = std::make_shared<HttpFile>(descriptor);
  if (const int code = why_beneath_fails(descriptor); code != 0) {
    return Error::from_errno(code, "serve")
        .about(path)
        .advising("it takes Linux 5.12, and a sandbox that lets openat2 through");
  }
  return std::shared_ptr<StaticFolder>(
      new StaticFolder(std::move(root), std::move(only), std::move(options)));
}

std::optional<HttpResponse> StaticFolder::answer_now(HttpRequest& request) {
  if (!request.is_safe()) return std::nullopt;
  std::string_view key = request.path;
  if (key.size() == 1 && only_.empty() && is_bare_mount(request)) return std::nullopt;
  std::string decoded;
  if (is_escaped(key)) {
    const auto path = decode_path(key);
    if (!path) return std::nullopt;
    key = decoded = key_of(*path);
  }
  StaticFile* const file = cache_.fresh(key, Loop::current().now());
  if (file == nullptr) return std::nullopt;
  const FileWish wish(request);
  ContentCoding coding = choose_coding(wish, *file);
  if (coding != ContentCoding::identity && !file->coded_as(coding)) {
    if (!file->packing) return std::nullopt;  // answer() packs it
    coding = ContentCoding::identity;
  }
  return answer_file(wish, *file, coding);
}

Task<HttpResponse> StaticFolder::answer(HttpRequest& request) {
  if (!request.is_safe()) {
    HttpResponse refused = HttpResponse::error(405, "files are only read here");
    refused.add("Allow", "GET, HEAD");
    co_return refused;
  }
  const auto path = decode_path(request.path);
  if (!path) co_return HttpResponse::error(400, why(path.error()));
  if (!options_.dotfiles && is_hidden_path(path->path)) {
    co_return co_await fail(request, 404, path->path);
  }
  std::string key = key_of(*path);
  if (only_.empty()) {
    if (is_bare_mount(request)) {
      co_return HttpResponse::redirect(location_of_folder(request, {}), 308);
    }
    co_return co_await answer_path(request, std::move(key), path->path, path->folder);
  }
  if (!path->path.empty() && path->path != only_) co_return HttpResponse::error(404);
  co_return co_await answer_path(request, std::move(key), only_, false);
}

Task<HttpResponse> StaticFolder::answer_path(HttpRequest& request, std::string key,
                                             std::string path, bool folder) {
  StaticFind found = co_await find(key, path, folder || path.empty());
  switch (found.kind) {
    case StaticFind::Kind::file: co_return co_await send(request, key, std::move(found.file));
    case StaticFind::Kind::folder: break;
    case StaticFind::Kind::redirect: {
      co_return HttpResponse::redirect(location_of_folder(request, path), 308);
    }
    case StaticFind::Kind::nothing: co_return co_await fail(request, found.status, path);
  }
  if (!options_.lists) co_return co_await fail(request, 404, path);
  co_return co_await show_folder(request, std::move(path), std::move(*found.folder));
}

Task<> StaticFolder::follow(std::string_view key, std::string folder) {
  const int root = root_->descriptor();
  auto opened = open_beneath(root, folder, DiskWait::cached);
  if (!opened && opened.error() == EAGAIN) {
    co_await off_loop([&] { opened = open_beneath(root, folder, DiskWait::allowed); });
  }
  cache_.follow(key, opened ? opened->file->descriptor() : -1);
}

Task<StaticFind> StaticFolder::find(std::string_view key, std::string path, bool folder) {
  Loop& loop = Loop::current();
  if (auto unwatched = cache_.folder_to_follow(key)) co_await follow(key, std::move(*unwatched));
  const std::uint64_t told = cache_.told();
  const Instant now = loop.now();
  const Search search{.place = {.root = root_->descriptor(),
                                .path = std::move(path),
                                .now = std::chrono::floor<std::chrono::seconds>(loop.wall_clock())},
                      .folder = folder,
                      .index = options_.index,
                      .files = options_.files,
                      .known = cache_.known(key, now)};
  auto found = look(search, DiskWait::cached);
  if (!found && found.error() == EAGAIN) {
    co_await off_loop([&] {
      // A file that changes while it is read is read again.
      for (int i = 0; i < 3 && !found && found.error() == EAGAIN; ++i) {
        found = look(search, DiskWait::allowed);
      }
    });
  }
  const StaticFind none{.status = found ? 404 : status_of_open_error(found.error())};
  if (found && found->kind == StaticFind::Kind::file) {
    cache_.put(key, found->file, now, told);
    // What is kept open is to be let go when it is deleted. Other folders are followed when a file
    // of theirs is asked for again.
    if (found->file->is_open()) {
      if (auto unwatched = cache_.folder_to_follow(key)) {
        co_await follow(key, std::move(*unwatched));
      }
    }
  } else if (none.status == 404) {
    cache_.forget(key);
  }
  co_return found ? std::move(*found) : none;
}

Task<HttpResponse> StaticFolder::send(HttpRequest& request, std::string_view key,
                                      std::shared_ptr<StaticFile> file) {
  const FileWish wish(request);
  ContentCoding coding = choose_coding(wish, *file);
  if (coding != ContentCoding::identity && !file->coded_as(coding)) {
    if (std::exchange(file->packing, true)) co_return answer_file(wish, *file, {});
    std::optional<Representation> packed;
    co_await off_loop([&] { packed = pack(*file, coding); });
    file->packing = false;
    file->packs_now = packed.has_value();
    if (packed) {
      file->coded_as(coding) = std::move(*packed);
      cache_.grew(key, *file);
    } else {
      coding = ContentCoding::identity;
    }
  }
  co_return answer_file(wish, *file, coding);
}

Task<HttpResponse> StaticFolder::fail(HttpRequest& request, int status, std::string_view path) {
  const bool falls_back =
      status == 404 && !options_.fallback.empty() && !has_extension(path) && wants_page(request);
  const auto own = options_.error_files.find(status);
  const std::string instead = falls_back                          ? options_.fallback
                              : own != options_.error_files.end() ? own->second
                                                                  : std::string();
  if (instead.empty()) co_return HttpResponse::error(status);
  // No path of a request begins like that: what is shown here must not be found by its name.
  const std::string key = "instead:" + instead;
  StaticFind found = co_await find(key, instead, false);
  if (found.kind != StaticFind::Kind::file) co_return HttpResponse::error(status);
  if (falls_back) co_return co_await send(request, key, std::move(found.file));
  co_return page_of(*found.file, status);
}

}  // namespace patchbay
