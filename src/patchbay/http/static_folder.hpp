// StaticFolder: answers with the files below a folder.
//
// What leads out of it, by dots or by links, is refused by the kernel (open_beneath.hpp); names
// that begin with a dot are hidden. Nothing on the way of a request waits for a disk: what is not
// in memory is fetched by a thread beside the loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "patchbay/http/file_cache.hpp"
#include "patchbay/http/folder_archive.hpp"
#include "patchbay/http/http_handler.hpp"
#include "patchbay/http/memory_budget.hpp"

namespace patchbay {

// Bytes. A large listing or an archive takes 1 to 2 MiB and its names: so it is for about a hundred
// at a time.
inline constexpr std::size_t k_listing_memory = 256 * 1024 * 1024;

struct StaticFolderOptions {
  StaticFileOptions files = {};
  FileCacheOptions cache = {};
  // Tells of changes at once, of the same loop; somebody has to run it. Null: files are looked at
  // again after a time only (cache.checked).
  std::shared_ptr<FileWatch> watch = {};
  std::string index = "index.html";  // shown for a folder that has it; empty: none
  bool lists = true;                 // other folders show what is in them
  bool archives = false;             // and are sent whole by ?archive=tar and ?archive=zip
  // What listings and archives may hold, of all folders together that share it; who asks for more
  // is told to come again (503). Null: k_listing_memory of its own.
  std::shared_ptr<MemoryBudget> memory = {};
  // For single-page applications: this file, when there is nothing at a path without a dot in its
  // last segment and the client wants a page.
  std::string fallback = {};
  std::map<int, std::string> error_files = {};  // {404, "404.html"}: content of the error's page
  bool uploads = false;   // listings have a form; who takes it is not this handler's business
  bool dotfiles = false;  // names that begin with a dot are there
  // Whether an archive of folder `asked` has `entry` in it, both below the root. Called on other
  // threads than the loop's, of several archives at a time. Null: all.
  std::function<bool(std::string_view asked, std::string_view entry)> wanted = {};
};

// What there is at a path.
struct StaticFind {
  enum class Kind : std::uint8_t { file, folder, redirect, nothing };
  Kind kind = Kind::nothing;
  int status = 404;  // of nothing
  std::shared_ptr<StaticFile> file = {};
  std::optional<OpenedFile> folder = {};
};

class StaticFolder final : public HttpHandler {
 public:
  // `path` is a folder, or one file: then that file is all there is, at "/" and at its name. It is
  // opened once: who replaces the folder by another one under its name needs another handler.
  // Waits for the disk. Faults: storage, permission; and those of a kernel that cannot open files
  // beneath a folder (before 5.12), or may not.
  static Result<std::shared_ptr<StaticFolder>> open(const std::string& path,
                                                    StaticFolderOptions options = {});

  std::optional<HttpResponse> answer_now(HttpRequest& request) override;
  Task<HttpResponse> answer(HttpRequest& request) override;

 private:
  StaticFolder(std::shared_ptr<const HttpFile> root, std::string only, StaticFolderOptions options)
      : root_(std::move(root)),
        only_(std::move(only)),
        options_(std::move(options)),
        cache_(options_.cache, options_.watch) {
    if (!options_.memory) options_.memory = std::make_shared<MemoryBudget>(k_listing_memory);
  }

  Task<HttpResponse> answer_path(HttpRequest& request, std::string key, std::string path,
                                 bool folder);
  // `key` is where the cache keeps it, if it is a file.
  Task<StaticFind> find(std::string_view key, std::string path, bool folder);
  // The folder of the file that the cache has at `key`.
  Task<> follow(std::string_view key, std::string folder);
  Task<HttpResponse> send(HttpRequest& request, std::string_view key,
                          std::shared_ptr<StaticFile> file);
  Task<HttpResponse> show_folder(HttpRequest& request, std::string path, OpenedFile folder);
  Task<HttpResponse> send_archive(std::string path, ArchiveFormat format, OpenedFile folder);
  Task<HttpResponse> fail(HttpRequest& request, int status, std::string_view path);

  std::shared_ptr<const HttpFile> root_;
  std::string only_;  // not empty: the one file
  StaticFolderOptions options_;
  FileCache cache_;
};

}  // namespace patchbay
