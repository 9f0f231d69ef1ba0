// For tests: a folder of one's own that goes away again.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "patchbay/http/http_response.hpp"

namespace patchbay {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = testing::TempDir() + "patchbay-folder-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path path(std::string_view name) const { return path_ / name; }

  // The folders above it are made too.
  void write(std::string_view name, std::string_view content) const {
    std::filesystem::create_directories(path(name).parent_path());
    std::ofstream file(path(name), std::ios::binary);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    EXPECT_TRUE(file.good()) << name;
  }
  void make_folder(std::string_view name) const { std::filesystem::create_directories(path(name)); }
  // A new descriptor, the caller's to close.
  int open(std::string_view name = "") const {
    const int descriptor = ::open(path(name).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    EXPECT_GE(descriptor, 0) << name;
    return descriptor;
  }
  std::shared_ptr<const HttpFile> opened() const {
    return std::make_shared<const HttpFile>(open());
  }

 private:
  std::filesystem::path path_;
};

}  // namespace patchbay
