// For tests: a folder with files of a known date, served over a simulated network.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "patchbay/http/http_world_fixture.hpp"
#include "patchbay/http/static_folder.hpp"
#include "patchbay/http/temporary_folder_fixture.hpp"

namespace patchbay {

// 14 November 2023, 22:13:20 GMT: before the beginning of simulated time.
inline constexpr std::int64_t k_file_time = 1'700'000'000;
inline constexpr std::string_view k_file_date = "Tue, 14 Nov 2023 22:13:20 GMT";

struct StaticSite {
  explicit StaticSite(StaticFolderOptions with = {}) : options(std::move(with)) {}

  void write(std::string_view name, std::string_view content, std::int64_t time = k_file_time) {
    files.write(name, content);
    set_time(name, time);
  }
  void set_time(std::string_view name, std::int64_t time) {
    const timespec times[2] = {{.tv_sec = time, .tv_nsec = 0}, {.tv_sec = time, .tv_nsec = 0}};
    EXPECT_EQ(::utimensat(AT_FDCWD, files.path(name).c_str(), times, 0), 0) << name;
  }
  std::shared_ptr<StaticFolder> open() const {
    auto folder = StaticFolder::open(files.path().string(), options);
    EXPECT_TRUE(folder);
    return *folder;
  }
  // By a server that has just begun.
  HttpHeardAnswer get(std::string_view target, std::string_view lines = {}) const {
    return ask(*open(), get_of(target, lines));
  }
  HttpHeardAnswer head(std::string_view target, std::string_view lines = {}) const {
    return ask(*open(), get_of(target, lines, "HEAD"));
  }
  int status(std::string_view target, std::string_view lines = {}) const {
    return get(target, lines).status;
  }
  // One client; steps may change the files.
  HttpHeard hear(std::vector<HttpSaid> script) const {
    const auto folder = open();
    return HttpWorld(*folder).hear(std::move(script));
  }

  TemporaryFolder files;
  StaticFolderOptions options;
};

}  // namespace patchbay
