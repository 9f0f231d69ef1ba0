// For tests: a FileWatch of real files on a loop of its own, and a follower that writes down what
// it is told.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "patchbay/http/file_watch.hpp"
#include "patchbay/http/http_response.hpp"
#include "patchbay/http/temporary_folder_fixture.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

// Must outlive the watch's task, or leave.
class HeardChanges final : public FolderFollower {
 public:
  void changed(std::string_view name) override { add(std::string(name)); }
  void lost() override { add("(lost)"); }
  void ended() override { add("(ended)"); }

  // Until it was told of `line`, since the last time.
  Task<> hears(std::string line) {
    while (std::ranges::find(lines, line) == lines.end()) {
      more_.reset();
      const auto waited = co_await more_.wait(Deadline::after(30s));
      EXPECT_TRUE(waited) << "nobody told of " << line;
      if (!waited) co_return;
    }
    lines.clear();
  }

  std::vector<std::string> lines;

 private:
  void add(std::string line) {
    lines.push_back(std::move(line));
    more_.set_until_reset();
  }

  Event more_;
};

struct WatchedFolder {
  TemporaryFolder files = {};
  std::shared_ptr<FileWatch> watch = nullptr;
  HeardChanges heard = {};
  HeardChanges other = {};

  std::optional<FileWatch::Watch> follow(std::string_view name = "") { return follow(heard, name); }
  std::optional<FileWatch::Watch> follow(FolderFollower& follower, std::string_view name = "") {
    const HttpFile folder(files.open(name));
    return watch->follow(folder.descriptor(), follower);
  }
  // More happens than the system keeps; what comes then is lost, until somebody reads.
  void overflow() const {
    std::ifstream limit("/proc/sys/fs/inotify/max_queued_events");
    int most = 0;
    limit >> most;
    ASSERT_GT(most, 0);
    files.write("even", "");
    files.write("odd", "");
    for (int i = 0; i < most + 10; ++i) {
      const auto name = files.path(i % 2 == 0 ? "even" : "odd");
      ASSERT_EQ(::utimensat(AT_FDCWD, name.c_str(), nullptr, 0), 0);
    }
  }
};

using WatchTest = Task<> (*)(WatchedFolder&);

inline Task<Result<>> as_result(WatchTest test, WatchedFolder& folder) {
  co_await test(folder);
  co_return ok();
}

inline Task<> run_watched(WatchTest test, FileWatchOptions options) {
  WatchedFolder folder;
  auto watch = FileWatch::make(options);
  EXPECT_TRUE(watch);
  if (!watch) co_return;
  folder.watch = *watch;
  EXPECT_TRUE(co_await either(folder.watch->run(), as_result(test, folder)));
}

inline void watched(WatchTest test, FileWatchOptions options = {}, LoopOptions of_loop = {}) {
  auto loop = Loop::make(std::move(of_loop));
  ASSERT_TRUE(loop);
  (*loop)->run(run_watched(test, options));
}

}  // namespace patchbay
