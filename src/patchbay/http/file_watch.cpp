#include "patchbay/http/file_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "patchbay/net/event.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

// Writes through a mapping are told by nobody, the end of the writing is. Of a file that is open
// and has no name here any more nothing is told.
constexpr unsigned k_told = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE |
                            IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF |
                            IN_ONLYDIR | IN_EXCL_UNLINK;
constexpr unsigned k_last = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;

// inotify takes no descriptors but by their names; and this way nobody can exchange the folder.
std::array<char, 32> name_of_descriptor(int descriptor) {
  std::array<char, 32> name{};
  constexpr std::string_view folder = "/proc/self/fd/";
  const auto end = std::ranges::copy(folder, name.data()).out;
  std::to_chars(end, name.data() + name.size() - 1, descriptor);
  return name;
}

}  // namespace

Result<std::shared_ptr<FileWatch>> FileWatch::make(FileWatchOptions options) {
  constexpr const char* operation = "watch folders";
  Engine& engine = Loop::current().engine();
  if (!engine.capabilities().foreign_descriptors) return Error::from_errno(ENOTSUP, operation);
  const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor < 0) return Error::from_errno(errno, operation);
  const auto handle = engine.adopt(descriptor);
  if (!handle) {
    ::close(descriptor);
    return handle.error();
  }
  return std::shared_ptr<FileWatch>(new FileWatch(Stream(engine, *handle), descriptor, options));
}

Task<Result<>> FileWatch::run() {
  running_ = true;
  for (;;) {
    const auto events = co_await stream_.receive();
    if (!events || events->empty()) break;
    tell(events->bytes());
  }
  running_ = false;
  end_all();
  Event never;
  co_return co_await never.wait();
}

std::optional<FileWatch::Watch> FileWatch::follow(int folder, FolderFollower& follower) {
  if (!running_) return std::nullopt;
  const Watch watch = ::inotify_add_watch(descriptor_, name_of_descriptor(folder).data(), k_told);
  if (watch < 0) {
    note_refusal(errno);
    return std::nullopt;
  }
  // Whether it is one that was watched already, only the system can tell.
  const Instant now = Loop::current().now();
  const bool has_place = folders_.contains(watch) || folders_.size() < options_.folders;
  if (!has_place && !make_room(now)) {
    ::inotify_rm_watch(descriptor_, watch);
    return std::nullopt;
  }
  Folder& watched = folders_[watch];
  watched.used = now;
  const auto same = std::ranges::find(watched.followers, &follower);
  if (same == watched.followers.end()) watched.followers.push_back(&follower);
  return watch;
}

void FileWatch::leave(Watch watch, FolderFollower& follower) {
  const auto found = folders_.find(watch);
  if (found == folders_.end()) return;
  std::erase(found->second.followers, &follower);
  if (!found->second.followers.empty()) return;
  folders_.erase(found);
  ::inotify_rm_watch(descriptor_, watch);
}

void FileWatch::use(Watch watch) {
  const auto found = folders_.find(watch);
  if (found != folders_.end()) found->second.used = Loop::current().now();
}

// Where all are needed nobody loses a place: they would only take it from each other in turns.
bool FileWatch::make_room(Instant now) {
  const auto oldest =
      std::ranges::min_element(folders_, {}, [](const auto& folder) { return folder.second.used; });
  if (oldest == folders_.end() || now - oldest->second.used < options_.kept) return false;
  const Watch watch = oldest->first;
  end(watch);
  ::inotify_rm_watch(descriptor_, watch);
  return true;
}

void FileWatch::note_refusal(int code) {
  if (code != ENOSPC || std::exchange(noted_, true)) return;
  Loop::current().notice(
      "no more folders can be watched, so changes of files in others are noticed a second later; "
      "the limit of the system is fs.inotify.max_user_watches");
}

void FileWatch::tell(std::span<const std::byte> events) {
  while (events.size() >= sizeof(inotify_event)) {
    inotify_event event;
    std::memcpy(&event, events.data(), sizeof event);
    events = events.subspan(sizeof event);
    const std::size_t length = std::min<std::size_t>(event.len, events.size());
    const auto* const text = reinterpret_cast<const char*>(events.data());
    const std::string_view name(text, ::strnlen(text, length));  // zeros fill it up
    events = events.subspan(length);
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      lose_all();
    } else {
      tell_of(event.wd, event.mask, name);
    }
  }
}

// Of a folder that all have left some events may still come.
void FileWatch::tell_of(Watch watch, unsigned what, std::string_view name) {
  const auto found = folders_.find(watch);
  if (found == folders_.end()) return;
  if ((what & k_last) != 0) {
    end(watch);
    if ((what & IN_MOVE_SELF) != 0) ::inotify_rm_watch(descriptor_, watch);
    return;
  }
  for (FolderFollower* const follower : found->second.followers) {
    if (name.empty()) {
      follower->lost();
    } else {
      follower->changed(name);
    }
  }
}

void FileWatch::lose_all() {
  for (const auto& [watch, folder] : folders_) {
    for (FolderFollower* const follower : folder.followers) follower->lost();
  }
}

void FileWatch::end(Watch watch) {
  const auto ended = folders_.extract(watch);
  if (ended.empty()) return;
  for (FolderFollower* const follower : ended.mapped().followers) follower->ended();
}

void FileWatch::end_all() {
  while (!folders_.empty()) {
    const Watch watch = folders_.begin()->first;
    end(watch);
    ::inotify_rm_watch(descriptor_, watch);
  }
}

}  // namespace patchbay
