// FileWatch: tells at once what happens in folders, by inotify(7), to those who would have to look
// otherwise. One for a loop.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

// Whoever is told of a folder; must not go while it follows one. What is told is late: the same
// turn of the loop may have seen it already.
class FolderFollower {
 public:
  // Something happened to what has this name in the folder: it came, went, is another file now, or
  // was written to.
  virtual void changed(std::string_view name) = 0;
  // Nobody knows what happened: the system could not keep up, or the folder itself was changed.
  virtual void lost() = 0;
  // No more will be told, and the follower need not leave: the folder went or was moved, its place
  // is another's, or the watch ends. May destroy the follower.
  virtual void ended() = 0;

 protected:
  ~FolderFollower() = default;
};

struct FileWatchOptions {
  std::size_t folders = 1024;  // at a time; the system has a limit of its own for each user
  Duration kept = 10s;         // one that was used so lately does not lose its place to another
};

// What it cannot tell: changes by other hosts in a folder of a network, in files that links in the
// folder lead to, by another name of the same file, and that a folder above was moved.
class FileWatch {
 public:
  using Watch = int;

  // Faults: `system`, where the engine adopts no descriptors (a simulated one); `limit`, where the
  // user has as many of these as the system allows (fs.inotify.max_user_instances).
  static Result<std::shared_ptr<FileWatch>> make(FileWatchOptions options = {});

  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // Tells the followers until it is cancelled; there is nothing to be told by otherwise. A fault of
  // the system ends the watching, and not this.
  Task<Result<>> run();

  // From now on `follower` is told what happens in `folder`, a descriptor that need not stay open.
  // Asked again, it stays as it is. Nothing where that cannot be: no place is left (options,
  // fs.inotify.max_user_watches), the folder may not be read, nobody runs this.
  std::optional<Watch> follow(int folder, FolderFollower& follower);
  void leave(Watch watch, FolderFollower& follower);
  // Somebody still needs it: others lose their place before.
  void use(Watch watch);

  std::size_t size() const { return folders_.size(); }

 private:
  struct Folder {
    std::vector<FolderFollower*> followers;
    Instant used{};
  };

  FileWatch(Stream stream, int descriptor, FileWatchOptions options)
      : stream_(std::move(stream)), descriptor_(descriptor), options_(options) {}

  bool make_room(Instant now);
  void note_refusal(int code);
  void tell(std::span<const std::byte> events);
  void tell_of(Watch watch, unsigned what, std::string_view name);
  void lose_all();
  void end(Watch watch);
  void end_all();

  Stream stream_;
  int descriptor_;  // the stream's
  FileWatchOptions options_;
  bool running_ = false;
  bool noted_ = false;
  std::unordered_map<Watch, Folder> folders_;
};

}  // namespace patchbay
